package org.djlsparse.mask;

/** Chooses a solver by pattern: see {@link MaskSolver#auto()}. */
final class AutoSolver implements MaskSolver {

    static final AutoSolver INSTANCE = new AutoSolver();

    /** Up to here the exact solver costs about three times what the greedy one does. */
    private static final int LARGEST_EXACT = 16;

    private final MaskSolver enumeration = MaskSolver.enumeration();
    private final MaskSolver exact = MaskSolver.exact();
    private final MaskSolver greedy = MaskSolver.greedy();

    private AutoSolver() {}

    @Override
    public Mask solve(float[] weights, WeightShape shape, NmPattern pattern) {
        return resolve(pattern, shape).solve(weights, shape, pattern);
    }

    @Override
    public String getName() {
        return "auto";
    }

    @Override
    public MaskSolver resolve(NmPattern pattern, WeightShape shape) {
        if (enumeration.supports(pattern)) {
            return enumeration;
        }
        return pattern.m() <= LARGEST_EXACT ? exact : greedy;
    }
}
