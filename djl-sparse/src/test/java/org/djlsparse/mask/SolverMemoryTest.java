package org.djlsparse.mask;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.management.ManagementFactory;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** The memory that a solver allocates beside the weight and the mask. */
class SolverMemoryTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** All but the flow solver, which makes objects for each tile and drops them. */
    static Stream<MaskSolver> solvers() {
        return Stream.of(
                new ExactSolver(1),
                new SwapSolver(1),
                new EntropicSolver(1),
                new GreedySolver(1),
                new LightFirstSolver(1),
                new RowWiseSolver(1),
                new UnstructuredSolver());
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void takesAtMostTwoBytesAWeight(MaskSolver solver) {
        assertTakesAtMostTwoBytesAWeight(solver, NmPattern.of(4, 8));
    }

    @ParameterizedTest
    @MethodSource("enumeration")
    void enumerationTakesAtMostTwoBytesAWeight(NmPattern pattern) {
        assertTakesAtMostTwoBytesAWeight(new EnumerationSolver(1), pattern);
    }

    static Stream<NmPattern> enumeration() {
        return Stream.of(NmPattern.of(1, 4), NmPattern.of(2, 4));
    }

    private static void assertTakesAtMostTwoBytesAWeight(MaskSolver solver, NmPattern pattern) {
        WeightShape shape = WeightShape.of(512, 512);
        float[] weights = Weights.gaussian(shape.size(), 3);
        solver.solve(weights, shape, pattern); // what is made once
        long before = THREADS.getCurrentThreadAllocatedBytes();

        solver.solve(weights, shape, pattern);

        long taken = THREADS.getCurrentThreadAllocatedBytes() - before;
        long bitsOfMask = (long) Mask.rowWords(shape) * shape.rows() * Long.BYTES;
        // Counters of 512 KiB do not grow with the weight.
        long fixed = solver instanceof UnstructuredSolver ? 2L * Integer.BYTES * 65536 : 0;
        assertThat(taken - bitsOfMask - fixed).isBetween(0L, 2L * shape.size());
    }
}
