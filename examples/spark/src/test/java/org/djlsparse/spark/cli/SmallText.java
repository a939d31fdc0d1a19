package org.djlsparse.spark.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** The data of a task that is read and validated in no time. */
final class SmallText {

    private SmallText() {}

    /** Writes a text of random words. */
    static Path write(Path file) throws IOException {
        Random random = new Random(3);
        StringBuilder text = new StringBuilder();
        while (text.length() < 8000) {
            text.append(random.nextInt(8) == 0 ? ' ' : (char) ('a' + random.nextInt(6)));
        }
        return Files.writeString(file, text);
    }
}
