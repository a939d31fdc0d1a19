package org.djlsparse.cli.study;

import java.math.BigInteger;

/** Logarithms of numbers beyond the range of a double. */
final class Logarithm {

    private static final int EXPONENT = 1000; // within the range of a double

    private Logarithm() {}

    static double base10(BigInteger value) {
        int shift = Math.max(0, value.bitLength() - EXPONENT);
        return Math.log10(value.shiftRight(shift).doubleValue()) + shift * Math.log10(2);
    }
}
