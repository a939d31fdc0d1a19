package org.djlsparse.convert;

/** Adam on minibatches of a layer's positions. */
record AdamSteps(int steps, int batch, double weightRate, double biasRate)
        implements ReconstructionMethod {

    /** How many positions of a layer are kept to draw minibatches from. */
    static final long MOST_ROWS = 1 << 14;

    AdamSteps {
        Checks.atLeastOne("steps", steps);
        Checks.atLeastOne("batch", batch);
        Checks.positive("weightRate", weightRate);
        Checks.positive("biasRate", biasRate);
    }

    @Override
    public String getName() {
        return "adam";
    }
}
