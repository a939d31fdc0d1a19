package org.djlsparse.mask;

/** A solver that improves a choice by {@link Exchanges}, which limit M. */
abstract class ExchangeSolver extends TileSolver {

    ExchangeSolver(int threads) {
        super(threads);
    }

    @Override
    public final boolean supports(NmPattern pattern) {
        return pattern.m() <= Exchanges.LARGEST_M;
    }
}
