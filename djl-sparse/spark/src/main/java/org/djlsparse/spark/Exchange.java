package org.djlsparse.spark;

/** What driver and tasks send each other in a round. */
public enum Exchange {
    /**
     * Only kept entries where that gives the same bits. The pruned entries of a weight, and those
     * of the optimizer's arrays for it, then go to the first task alone and come back from it: all
     * tasks would compute the same values, because the gradient of a pruned weight is zero whatever
     * the data. At 2:4, a round with four tasks so moves five eighths of the bytes.
     *
     * <p>This is possible in rounds without a dense step, under {@code GradientRule.masked()} for
     * all layers, and with an optimizer of DJL, which treats each entry on its own. Other rounds
     * exchange all entries.
     */
    AUTO,
    /** All entries, in every round. */
    ALL
}
