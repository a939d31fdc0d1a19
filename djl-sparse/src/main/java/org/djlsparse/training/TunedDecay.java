package org.djlsparse.training;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.Map;

/** The term of {@link GradientRule#maskedDecay()}, where the method is described. */
final class TunedDecay implements GradientTerm {

    static final float FIRST_FACTOR = 2e-4f;
    static final float MIN_FACTOR = 1e-6f;
    static final float MAX_FACTOR = 0.1f;
    static final int MAX_COMPARISONS = 50;

    private static final Logger logger = LoggerFactory.getLogger(TunedDecay.class);
    private static final double LOWEST_RATIO = 0.60;
    private static final double HIGHEST_RATIO = 0.95;

    private float factor = FIRST_FACTOR;
    private double denseFlipRate = Double.NaN;
    private int comparisons;

    @Override
    public synchronized void addTo(MaskedGradient gradient) {
        gradient.addDecay(factor);
    }

    @Override
    public boolean watchesDense() {
        return true;
    }

    @Override
    public synchronized void onRefresh(double flipRate, boolean dense) {
        if (dense) {
            denseFlipRate = Double.isNaN(denseFlipRate) ? flipRate : (denseFlipRate + flipRate) / 2;
            return;
        }
        if (comparisons == MAX_COMPARISONS) {
            return;
        }
        if (!(denseFlipRate > 0)) {
            logger.warn(
                    "masked decay is not tuned, and its factor stays {}: the dense warm-up had no"
                            + " flips; it must include at least two refreshes",
                    factor);
            comparisons = MAX_COMPARISONS;
            return;
        }
        comparisons++;
        double ratio = flipRate / denseFlipRate;
        if (ratio > HIGHEST_RATIO) {
            factor = Math.min(MAX_FACTOR, factor * 2);
        } else if (ratio < LOWEST_RATIO) {
            factor = Math.max(MIN_FACTOR, factor / 2);
        }
    }

    @Override
    public synchronized Map<String, Double> getFigures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("factor", (double) factor);
        if (!Double.isNaN(denseFlipRate)) {
            figures.put("dense-flip-rate", denseFlipRate);
        }
        return figures;
    }

    @Override
    public synchronized Map<String, String> getState() {
        return Map.of(
                "factor", Float.toString(factor),
                "dense-flip-rate", Double.toString(denseFlipRate),
                "comparisons", Integer.toString(comparisons));
    }

    @Override
    public synchronized void restore(Map<String, String> state) {
        double newFactor = number(state, "factor");
        double newRate = number(state, "dense-flip-rate");
        double newComparisons = number(state, "comparisons");
        check(newFactor > 0 && newFactor <= Float.MAX_VALUE, state, "factor", "above 0");
        check(!(newRate < 0 || newRate > 1), state, "dense-flip-rate", "from 0 to 1, or NaN");
        check(
                newComparisons >= 0 && newComparisons == (int) newComparisons,
                state,
                "comparisons",
                "a count");
        factor = (float) newFactor;
        denseFlipRate = newRate;
        comparisons = (int) newComparisons;
    }

    private static double number(Map<String, String> state, String key) {
        try {
            return Double.parseDouble(state.getOrDefault(key, ""));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(wrong(state, key, "a number"), e);
        }
    }

    private static void check(
            boolean valid, Map<String, String> state, String key, String expected) {
        if (!valid) {
            throw new IllegalArgumentException(wrong(state, key, expected));
        }
    }

    private static String wrong(Map<String, String> state, String key, String expected) {
        return "state of masked decay: \""
                + key
                + "\" is "
                + state.get(key)
                + ": must be "
                + expected;
    }
}
