package org.djlsparse.cli.report;

import java.awt.image.RenderedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.imageio.ImageIO;

/** Encodes pictures as PNG. */
public final class Png {

    private Png() {}

    /** Writes a picture. ImageIO, given the file, would print stack traces. */
    static void write(RenderedImage image, Path file) throws IOException {
        Files.write(file, bytes(image));
    }

    /**
     * Encodes a picture.
     *
     * @param image the picture
     * @return the bytes of the PNG file
     */
    public static byte[] bytes(RenderedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // writes to memory only
        }
        return bytes.toByteArray();
    }
}
