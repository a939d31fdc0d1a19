package org.djlsparse.cli.report;

import java.awt.Color;

/** The colours of a matrix of magnitudes: darker is larger. */
final class Shade {

    static final Color PAPER = Color.WHITE;
    static final Color TEXT = new Color(0x303030);
    static final Color CELL_LINE = new Color(0xE4E4E4);
    static final Color TILE_LINE = new Color(0x808080);
    static final Color RED = new Color(0xCC3311);
    static final Color BLUE = new Color(0x0077BB);
    private static final Color LIGHT = new Color(0xBFD3E6);
    private static final Color DARK = new Color(0x08306B);

    private Shade() {}

    /** Returns the shade of a magnitude, given as a share of the largest. */
    static Color of(float share) {
        float root = (float) Math.sqrt(share); // otherwise almost all would be light
        return new Color(
                mix(LIGHT.getRed(), DARK.getRed(), root),
                mix(LIGHT.getGreen(), DARK.getGreen(), root),
                mix(LIGHT.getBlue(), DARK.getBlue(), root));
    }

    /** Returns a text colour that is readable on a shade. */
    static Color textOn(float share) {
        return share > 0.2f ? PAPER : TEXT;
    }

    private static int mix(int light, int dark, float share) {
        return Math.round(light + (dark - light) * share);
    }
}
