package org.djlsparse.cli.report;

import java.awt.image.RenderedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.imageio.ImageIO;

/** Files of pictures. */
final class Png {

    private Png() {}

    /** Writes a picture. ImageIO, given the file, would print stack traces of its own. */
    static void write(RenderedImage image, Path file) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        Files.write(file, bytes.toByteArray());
    }
}
