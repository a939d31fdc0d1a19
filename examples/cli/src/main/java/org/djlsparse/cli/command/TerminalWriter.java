package org.djlsparse.cli.command;

import org.djlsparse.cli.report.Printable;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;

import picocli.CommandLine;

/**
 * Writes text in an encoding that may lack some of its characters. These are written as {@code
 * \\u00e9}, not as question marks.
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
     * Makes a command write in the encoding of the terminal, if Java knows it.
     *
     * @param command the root command
     * @param out the stream for results
     * @param err the stream for messages
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
        // The first half of a surrogate pair waits for the second.
        int end = text.length();
        end -= end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? 1 : 0;
        kept = text.substring(end);
        encode(text.substring(0, end));
    }

    private void encode(String text) throws IOException {
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
                out.write(Printable.escape(one, c -> true));
            }
            i = end;
        }
    }

    @Override
    public void flush() throws IOException {
        encode(kept);
        kept = "";
        out.flush();
    }

    @Override
    public void close() throws IOException {
        flush();
        out.close();
    }
}
