package org.djlsparse.mask;

/** Chooses a solver by pattern: see {@link MaskSolver#auto()}. */
final class AutoSolver implements MaskSolver {

    static final AutoSolver INSTANCE = new AutoSolver();

    private final MaskSolver enumeration = MaskSolver.enumeration();
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
        return enumeration.supports(pattern) ? enumeration : greedy;
    }
}
