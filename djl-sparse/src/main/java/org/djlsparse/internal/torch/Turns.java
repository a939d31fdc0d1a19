package org.djlsparse.internal.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A comparison of several ways to do the same work, timed in turns. The speed of a shared machine
 * varies over time, so the ways are compared within a turn, which is short.
 */
final class Turns {

    private static final int TURNS = 9;
    private static final int LONG_TURNS = 3; // enough where noise is small compared with the time

    private Turns() {}

    /**
     * Times several works.
     *
     * @param x an array on the device where the works run
     * @param works the works
     * @return the median time of the first work; then, for each other work, this median multiplied
     *     by the work's median ratio to the first one within a turn, or infinity if it failed
     * @throws EngineException if the first one failed
     */
    static double[] take(NDArray x, List<Runnable> works) {
        double[][] nanos = new double[works.size()][];
        double once = ProductTimer.warmUp(x, works.get(0));
        int turns = once > ProductTimer.LONG_NANOS ? LONG_TURNS : TURNS;
        int calls = (int) Math.max(1, ProductTimer.SAMPLE_NANOS / once);
        nanos[0] = new double[turns];
        for (int i = 1; i < nanos.length; i++) {
            try {
                ProductTimer.warmUp(x, works.get(i));
                nanos[i] = new double[turns];
            } catch (EngineException
                    | IllegalStateException e) { // such as out of memory, also in a hook
                nanos[i] = new double[0];
            }
        }
        for (int turn = 0; turn < turns; turn++) {
            for (int i = 0; i < nanos.length; i++) {
                if (nanos[i].length > 0) {
                    nanos[i][turn] = (double) ProductTimer.run(x, works.get(i), calls) / calls;
                }
            }
        }
        double[] times = new double[nanos.length];
        times[0] = median(turns, turn -> nanos[0][turn]);
        for (int i = 1; i < nanos.length; i++) {
            double[] own = nanos[i];
            times[i] =
                    own.length == 0
                            ? Double.POSITIVE_INFINITY
                            : times[0] * median(turns, turn -> own[turn] / nanos[0][turn]);
        }
        return times;
    }

    private static double median(int count, IntToDoubleFunction values) {
        double[] sorted = IntStream.range(0, count).mapToDouble(values).toArray();
        Arrays.sort(sorted);
        return sorted[count / 2];
    }
}
