package org.djlsparse.cli.study;

import java.math.BigInteger;

/** Logarithms of numbers that no double can hold. */
final class Logarithm {

    private static final int EXPONENT = 1000; // of a number that a double does hold

    private Logarithm() {}

    static double base10(BigInteger value) {
        int shift = Math.max(0, value.bitLength() - EXPONENT);
        return Math.log10(value.shiftRight(shift).doubleValue()) + shift * Math.log10(2);
    }
}
