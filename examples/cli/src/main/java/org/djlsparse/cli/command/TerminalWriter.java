package org.djlsparse.cli.command;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;

import picocli.CommandLine;

/**
 * Writes text in an encoding that may lack some of it, which comes out as {@code \\u00e9} and not
 * as a question mark.
 */
public final class TerminalWriter extends Writer {

    private final Writer out;
    private final CharsetEncoder encoder;
    private String kept = "";

    TerminalWriter(OutputStream out, Charset encoding) {
        this.out = new OutputStreamWriter(out, encoding);
        encoder = encoding.newEncoder();
    }

    /**
     * Has a command write in the encoding of the terminal, as far as Java knows it.
     *
     * @param command the root command
     * @param out where its results go
     * @param err where its messages go
     * @return the command
     */
    public static CommandLine use(CommandLine command, OutputStream out, OutputStream err) {
        return command.setOut(of(out, "stdout.encoding")).setErr(of(err, "stderr.encoding"));
    }

    private static PrintWriter of(OutputStream out, String key) {
        String encoding = System.getProperty(key, System.getProperty("sun." + key));
        boolean known = encoding != null && Charset.isSupported(encoding);
        Charset charset = known ? Charset.forName(encoding) : Charset.defaultCharset();
        return new PrintWriter(new TerminalWriter(out, charset), true);
    }

    @Override
    public void write(char[] chars, int offset, int length) throws IOException {
        String text = kept + new String(chars, offset, length);
        // Half a pair waits for the other.
        int end = text.length();
        end -= end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? 1 : 0;
        kept = text.substring(end);
        say(text.substring(0, end));
    }

    private void say(String text) throws IOException {
        if (encoder.canEncode(text)) {
            out.write(text);
            return;
        }
        for (int i = 0; i < text.length(); ) {
            int end = text.offsetByCodePoints(i, 1);
            String one = text.substring(i, end);
            if (encoder.canEncode(one)) {
                out.write(one);
            } else {
                for (int k = 0; k < one.length(); k++) {
                    out.write(String.format("\\u%04x", (int) one.charAt(k)));
                }
            }
            i = end;
        }
    }

    @Override
    public void flush() throws IOException {
        say(kept);
        kept = "";
        out.flush();
    }

    @Override
    public void close() throws IOException {
        flush();
        out.close();
    }
}
