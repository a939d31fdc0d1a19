package org.djlsparse.cli.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.function.Consumer;

/** Images to draw on. */
final class Canvas {

    private Canvas() {}

    /** Draws on white paper, with smooth text. */
    static BufferedImage draw(int width, int height, Consumer<Graphics2D> painter) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setRenderingHint(
                    RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setColor(Shade.PAPER);
            graphics.fillRect(0, 0, width, height);
            painter.accept(graphics);
        } finally {
            graphics.dispose();
        }
        return image;
    }
}
