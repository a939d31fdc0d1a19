package org.djlsparse.convert;

/** Checks of settings. */
final class Checks {

    private Checks() {}

    static void positive(String field, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    field + " " + value + ": must be positive and finite");
        }
    }

    static void atLeastOne(String field, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(field + " " + value + ": must be at least 1");
        }
    }
}
