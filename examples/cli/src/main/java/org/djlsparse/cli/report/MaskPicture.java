package org.djlsparse.cli.report;

import org.djlsparse.cli.run.MaskedWeight;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;

import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Draws a corner of a weight and of its transpose. Kept entries are shaded by magnitude, pruned
 * entries are white; groups that keep more than N are framed.
 */
public final class MaskPicture {

    private static final int CELL = 14;
    private static final int LARGEST_SIDE = 32;
    private static final int MARGIN = 30;
    private static final int TOP = 84;
    private static final int BOTTOM = 64;

    private final MaskedWeight weight;
    private final Mask mask;
    private final NmPattern pattern;
    private final int side;
    private final float largest;

    private MaskPicture(MaskedWeight weight) {
        this.weight = weight;
        mask = weight.mask();
        pattern = mask.getPattern();
        WeightShape shape = mask.getShape();
        int fits = Math.min(LARGEST_SIDE, Math.min(shape.rows(), shape.columns()));
        // Whole tiles, at least one.
        side = Math.max(fits - fits % pattern.m(), pattern.m());
        float most = Float.MIN_NORMAL;
        for (int row = 0; row < side; row++) {
            for (int column = 0; column < side; column++) {
                most = Math.max(most, weight.magnitude(row, column));
            }
        }
        largest = most;
    }

    /**
     * Draws a layer.
     *
     * @param weight the layer
     * @param file the PNG file to write
     * @throws IOException if the file cannot be written
     */
    public static void write(MaskedWeight weight, Path file) throws IOException {
        Png.write(draw(weight), file);
    }

    /**
     * Draws a layer.
     *
     * @param weight the layer
     * @return the picture
     */
    public static BufferedImage draw(MaskedWeight weight) {
        return new MaskPicture(weight).draw();
    }

    private BufferedImage draw() {
        int size = side * CELL;
        return Canvas.draw(
                Math.max(2 * size + 3 * MARGIN, 640),
                TOP + size + BOTTOM,
                graphics -> {
                    drawTexts(graphics, size);
                    drawMatrix(graphics, MARGIN, false);
                    drawMatrix(graphics, 2 * MARGIN + size, true);
                });
    }

    private void drawTexts(Graphics2D graphics, int size) {
        graphics.setColor(Shade.TEXT);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
        graphics.drawString(weight.name() + ", pattern " + pattern, MARGIN, 28);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        graphics.drawString(
                "the first "
                        + side
                        + " of "
                        + mask.getShape().rows()
                        + " outputs and of "
                        + mask.getShape().columns()
                        + " inputs; darker is larger |w|; white is pruned",
                MARGIN,
                48);
        graphics.drawString("W: outputs down, inputs across", MARGIN, TOP - 10);
        graphics.drawString("W transposed", 2 * MARGIN + size, TOP - 10);
        graphics.drawString(caption(), MARGIN, TOP + size + 26);
    }

    private String caption() {
        String groups = "every " + pattern.m() + " along a row keep at most " + pattern.n();
        if (mask.isTransposable()) {
            return "Transposable: " + groups + ", in W and in its transpose.";
        }
        return "Not transposable: "
                + (mask.isValidAlongRows() ? groups + " in W, not in its transpose" : "")
                + " (red: too many).";
    }

    private void drawMatrix(Graphics2D graphics, int left, boolean transposed) {
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                drawCell(graphics, left, y, x, transposed);
            }
        }
        graphics.setColor(Shade.TILE_LINE);
        for (int i = 0; i <= side; i += pattern.m()) {
            graphics.drawLine(left + i * CELL, TOP, left + i * CELL, TOP + side * CELL);
            graphics.drawLine(left, TOP + i * CELL, left + side * CELL, TOP + i * CELL);
        }
        frameViolations(graphics, left, transposed);
    }

    private void drawCell(Graphics2D graphics, int left, int y, int x, boolean transposed) {
        if (isKept(y, x, transposed)) {
            float magnitude = transposed ? weight.magnitude(x, y) : weight.magnitude(y, x);
            graphics.setColor(Shade.of(magnitude / largest));
            graphics.fillRect(left + x * CELL, TOP + y * CELL, CELL, CELL);
        }
        graphics.setColor(Shade.CELL_LINE);
        graphics.drawRect(left + x * CELL, TOP + y * CELL, CELL, CELL);
    }

    private void frameViolations(Graphics2D graphics, int left, boolean transposed) {
        graphics.setColor(Shade.RED);
        graphics.setStroke(new BasicStroke(2f));
        for (int y = 0; y < side; y++) {
            for (int first = 0; first < side; first += pattern.m()) {
                int kept = 0;
                for (int x = first; x < first + pattern.m(); x++) {
                    kept += isKept(y, x, transposed) ? 1 : 0;
                }
                if (kept > pattern.n()) {
                    graphics.drawRect(
                            left + first * CELL + 1,
                            TOP + y * CELL + 1,
                            pattern.m() * CELL - 2,
                            CELL - 2);
                }
            }
        }
        graphics.setStroke(new BasicStroke(1f));
    }

    private boolean isKept(int y, int x, boolean transposed) {
        return transposed ? mask.isKept(0, x, y) : mask.isKept(0, y, x);
    }
}
