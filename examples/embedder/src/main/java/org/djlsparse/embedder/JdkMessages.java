package org.djlsparse.embedder;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The English messages in the running JDK's classes: some ten thousand short sentences that every
 * machine has. They are the text constants of the class files in the {@code jrt:/} file system.
 */
final class JdkMessages {

    /** Compiled resource bundles of other languages, such as {@code compiler_de.class}. */
    private static final Pattern TRANSLATION = Pattern.compile(".*_[a-z]{2,3}(_[A-Z][A-Za-z_]*)?");

    private static final Pattern ARGUMENT =
            Pattern.compile("['\"\\[(]*(\\{\\d[^}]*}|%[a-z])['\"\\])]*");
    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final Pattern TEXT = Pattern.compile("[\\x20-\\x7e]{20,200}");
    private static final Pattern WORD = Pattern.compile("[A-Za-z][a-z']*[.,:;!?]?");
    private static final int WORDS = 4;

    private JdkMessages() {}

    /**
     * Lists the messages.
     *
     * @return distinct and sorted; the same for the same JDK
     */
    static List<String> list() throws IOException {
        Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
        List<Path> classes;
        try (Stream<Path> files = Files.walk(modules)) {
            classes = files.filter(JdkMessages::isEnglish).toList();
        }
        TreeSet<String> messages = new TreeSet<>();
        for (Path file : classes) {
            for (String text : readConstants(Files.readAllBytes(file))) {
                String message = withoutArguments(text);
                if (isSentence(message)) {
                    messages.add(message);
                }
            }
        }
        return List.copyOf(messages);
    }

    private static boolean isEnglish(Path file) {
        String name = file.toString();
        return name.endsWith(".class")
                && !name.contains("jdk.localedata")
                && !TRANSLATION.matcher(name.substring(0, name.length() - 6)).matches();
    }

    /** Removes what is replaced in a message: {0}, %s, and quotes around them. */
    static String withoutArguments(String text) {
        return SPACE.matcher(ARGUMENT.matcher(text).replaceAll(" ")).replaceAll(" ").strip();
    }

    /** Whether a text has four words or more, and little else. */
    static boolean isSentence(String text) {
        if (!TEXT.matcher(text).matches()) {
            return false;
        }
        String[] parts = SPACE.split(text, -1);
        long words = Stream.of(parts).filter(part -> WORD.matcher(part).matches()).count();
        return words >= WORDS && words >= 0.8 * parts.length;
    }

    /** Reads the texts in a class file's constant pool (JVM specification, section 4.4). */
    static List<String> readConstants(byte[] file) throws IOException {
        List<String> texts = new ArrayList<>();
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(file));
        in.skipNBytes(8);
        int count = in.readUnsignedShort();
        for (int i = 1; i < count; i++) {
            int tag = in.readUnsignedByte();
            switch (tag) {
                case 1 -> texts.add(in.readUTF());
                case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipNBytes(4);
                case 5, 6 -> {
                    in.skipNBytes(8);
                    i++; // a long or double takes two places
                }
                case 7, 8, 16, 19, 20 -> in.skipNBytes(2);
                case 15 -> in.skipNBytes(3);
                default -> throw new IOException("constant " + i + " has the unknown tag " + tag);
            }
        }
        return texts;
    }
}
