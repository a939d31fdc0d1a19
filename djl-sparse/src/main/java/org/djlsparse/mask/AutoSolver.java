package org.djlsparse.mask;

/** Chooses a solver by pattern: see {@link MaskSolver#auto()}. */
final class AutoSolver implements MaskSolver {

    static final AutoSolver INSTANCE = new AutoSolver();

    /** The largest M at which the exact solver is fast enough for weights of any size. */
    private static final int LARGEST_EXACT = 16;

    /** The largest size at which the exact solver takes a fraction of a second even at M = 64. */
    private static final int SMALL = 1 << 20;

    private final MaskSolver enumeration = MaskSolver.enumeration();
    private final MaskSolver exact = MaskSolver.exact();
    private final MaskSolver swap = MaskSolver.swap();
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
        if (!exact.supports(pattern)) {
            return greedy;
        }
        return pattern.m() <= LARGEST_EXACT || shape.size() <= SMALL ? exact : swap;
    }
}
