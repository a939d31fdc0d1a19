package org.djlsparse.cli.report;

import org.djlsparse.cli.weights.WorstTile;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Draws a tile three times: all entries, those that a mask keeps, and those that the best mask
 * keeps. Entries where the two masks differ are framed.
 */
public final class TilePicture {

    private static final int SIDE = 288;
    private static final int MARGIN = 24;
    private static final int TOP = 78;
    private static final int BOTTOM = 42;

    /** The least width of cells with numbers. */
    private static final int READABLE = 30;

    private final WorstTile tile;
    private final String solver;
    private final int m;
    private final int cell;
    private final float largest;

    private TilePicture(WorstTile tile, String solver) {
        this.tile = tile;
        this.solver = solver;
        m = tile.mask().getPattern().m();
        cell = Math.max(4, SIDE / m);
        float most = Float.MIN_VALUE;
        for (int row = 0; row < m; row++) {
            for (int column = 0; column < m; column++) {
                most = Math.max(most, tile.magnitude(row, column));
            }
        }
        largest = most;
    }

    /**
     * Draws a tile.
     *
     * @param tile the tile
     * @param solver the name of the mask's solver
     * @param file the PNG file to write
     * @throws IOException if the file cannot be written
     */
    public static void write(WorstTile tile, String solver, Path file) throws IOException {
        Png.write(draw(tile, solver), file);
    }

    /**
     * Draws a tile.
     *
     * @param tile the tile
     * @param solver the name of the mask's solver
     * @return the picture
     */
    public static BufferedImage draw(WorstTile tile, String solver) {
        return new TilePicture(tile, solver).draw();
    }

    private BufferedImage draw() {
        int size = m * cell;
        return Canvas.draw(
                3 * size + 4 * MARGIN, TOP + size + BOTTOM, graphics -> draw(graphics, size));
    }

    private void draw(Graphics2D graphics, int size) {
        drawTitle(graphics);
        drawTile(graphics, 0, "|w|, in percent of the largest", null, null);
        drawTile(graphics, 1, "kept by " + solver, tile.mask(), tile.best());
        drawTile(graphics, 2, "kept by the best transposable mask", tile.best(), tile.mask());
        drawLegend(graphics, TOP + size + 26);
    }

    private void drawTitle(Graphics2D graphics) {
        graphics.setColor(Shade.TEXT);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        graphics.drawString(solver + ", " + tile.mask().getPattern(), MARGIN, 24);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        graphics.drawString(
                Text.format(
                        "%s, tile at row %d, column %d",
                        Printable.of(tile.name()), tile.row(), tile.column()),
                MARGIN,
                44);
    }

    private void drawLegend(Graphics2D graphics, int y) {
        double loss = tile.loss();
        String text;
        if (Math.abs(loss) < 1e-9) {
            text = "Keeps as much as the best transposable mask.";
        } else if (loss > 0) {
            text =
                    Text.format(
                            "Keeps %.2f%% less than the best transposable mask. Red: kept by %s"
                                    + " only. Blue: kept by the best only.",
                            100 * loss, solver);
        } else {
            text =
                    Text.format(
                            "Not transposable: keeps %.2f%% more than any transposable mask. Red:"
                                    + " kept by %s only. Blue: kept by the best transposable only.",
                            -100 * loss, solver);
        }
        graphics.setColor(Shade.TEXT);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        graphics.drawString(text, MARGIN, y);
    }

    /** Draws the entries that a mask keeps, or without a mask all entries. */
    private void drawTile(
            Graphics2D graphics,
            int panel,
            String title,
            @Nullable Mask mask,
            @Nullable Mask other) {
        int left = MARGIN + panel * (m * cell + MARGIN);
        graphics.setColor(Shade.TEXT);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        graphics.drawString(title, left, TOP - 8);
        for (int row = 0; row < m; row++) {
            for (int column = 0; column < m; column++) {
                int x = left + column * cell;
                int y = TOP + row * cell;
                if (mask == null || isKept(mask, row, column)) {
                    drawEntry(graphics, x, y, tile.magnitude(row, column) / largest);
                }
                graphics.setColor(Shade.CELL_LINE);
                graphics.drawRect(x, y, cell, cell);
            }
        }
        graphics.setColor(Shade.TILE_LINE);
        graphics.drawRect(left, TOP, m * cell, m * cell);
        if (mask != null && other != null) {
            frame(graphics, left, mask, other, panel == 1 ? Shade.RED : Shade.BLUE);
        }
    }

    private void drawEntry(Graphics2D graphics, int x, int y, float share) {
        graphics.setColor(Shade.of(share));
        graphics.fillRect(x, y, cell, cell);
        if (cell >= READABLE) {
            String number = String.valueOf(Math.round(100 * share));
            graphics.setColor(Shade.textOn(share));
            graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
            int width = graphics.getFontMetrics().stringWidth(number);
            graphics.drawString(number, x + (cell - width) / 2, y + cell / 2 + 4);
        }
    }

    /** Frames the entries that one mask keeps and the other does not. */
    private void frame(Graphics2D graphics, int left, Mask mask, Mask other, Color color) {
        graphics.setColor(color);
        graphics.setStroke(new BasicStroke(2f));
        for (int row = 0; row < m; row++) {
            for (int column = 0; column < m; column++) {
                if (isKept(mask, row, column) && !isKept(other, row, column)) {
                    graphics.drawRect(
                            left + column * cell + 1, TOP + row * cell + 1, cell - 2, cell - 2);
                }
            }
        }
        graphics.setStroke(new BasicStroke(1f));
    }

    private boolean isKept(Mask mask, int row, int column) {
        return mask.isKept(0, tile.row() + row, tile.column() + column);
    }
}
