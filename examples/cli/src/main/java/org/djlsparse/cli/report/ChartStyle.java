package org.djlsparse.cli.report;

import org.knowm.xchart.style.Styler;

import java.awt.Color;

/** The look that all charts share. */
public final class ChartStyle {

    /** The colour of dense runs. */
    static final Color DENSE = new Color(0x4477AA);

    /** The colour of runs with masks. */
    static final Color SPARSE = new Color(0xCC6633);

    private ChartStyle() {}

    /**
     * Makes a chart white, with its legend below.
     *
     * @param styler the chart's styler
     */
    public static void apply(Styler styler) {
        styler.setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(Styler.LegendLayout.Horizontal)
                .setChartBackgroundColor(Color.WHITE)
                .setLegendBorderColor(Color.WHITE);
    }
}
