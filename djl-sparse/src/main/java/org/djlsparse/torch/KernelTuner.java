package org.djlsparse.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Chooses the kernel that makes a linear layer's training step shortest, by trying: each kernel
 * that can serve the layer packs its weight and runs both products, once for each size, type,
 * device and number of rows, and the fastest is kept. Equally fast ones go to the one that comes
 * first, the dense one. So a layer is never slower than with the dense kernel, but for noise.
 *
 * <p>Only kernels that compute in one type compete: what is faster for its precision is told apart
 * from what is faster for the zeros. Each trial costs some tens of the products that it times, and
 * the memory of one more weight, input and output.
 *
 * <p>Safe for use by several threads.
 */
public final class KernelTuner {

    private final List<LinearKernel> candidates;
    private final ProductTimer timer;
    private final Map<Key, KernelChoice> choices = new ConcurrentHashMap<>();

    private record Key(
            Device device, DataType type, long outputs, long inputs, long rows, boolean pattern) {}

    /**
     * Creates a tuner.
     *
     * @param candidates the kernels that compete; the first one must be able to serve any layer
     * @param timer times them
     */
    KernelTuner(List<LinearKernel> candidates, ProductTimer timer) {
        this.candidates = List.copyOf(candidates);
        this.timer = timer;
    }

    /**
     * Creates a tuner for kernels that compute in a type: PyTorch's dense product, and for float16
     * and bfloat16 cuSPARSELt's and CUTLASS's sparse ones. The slow reference kernel is not among
     * them.
     *
     * @param type float32, float16 or bfloat16
     * @return the tuner
     * @throws IllegalArgumentException if it is another type
     */
    public static KernelTuner of(DataType type) {
        List<LinearKernel> candidates = new ArrayList<>();
        candidates.add(LinearKernel.dense(type));
        if (type != DataType.FLOAT32) {
            candidates.add(LinearKernel.cusparselt(type));
            candidates.add(LinearKernel.cutlass(type));
        }
        return new KernelTuner(candidates, new ProductTimer());
    }

    /**
     * Returns the fastest kernel for a layer.
     *
     * @param weight the masked weight, {@code [out, in]}, where the layer runs
     * @param pattern whether the weight is 2:4 both ways, as its mask says
     * @param rows the number of rows of the input, all dimensions but the last multiplied
     * @return the choice, with the times of all kernels; made at the first call for such a layer
     * @throws IllegalArgumentException if the weight is no matrix, there are no rows, or the first
     *     kernel cannot serve the layer
     */
    public KernelChoice choose(NDArray weight, boolean pattern, long rows) {
        Shape shape = weight.getShape();
        if (shape.dimension() != 2 || rows < 1) {
            throw new IllegalArgumentException(
                    "weight " + shape + ", " + rows + " rows: must be [out, in], and at least 1");
        }
        Key key =
                new Key(
                        weight.getDevice(),
                        weight.getDataType(),
                        shape.get(0),
                        shape.get(1),
                        rows,
                        pattern);
        return choices.computeIfAbsent(key, ignored -> tune(key, weight));
    }

    private KernelChoice tune(Key key, NDArray weight) {
        List<KernelChoice.Trial> trials = new ArrayList<>();
        KernelChoice.Trial best = null;
        for (LinearKernel kernel : candidates) {
            KernelChoice.Trial trial = tryOut(kernel, key, weight);
            trials.add(trial);
            if (trial.reason() == null
                    && (best == null || trial.getStepNanos() < best.getStepNanos())) {
                best = trial;
            }
        }
        if (best == null || trials.get(0).reason() != null) {
            throw new IllegalArgumentException(
                    "kernel "
                            + trials.get(0).kernel().getName()
                            + ": cannot serve the layer: "
                            + trials.get(0).reason());
        }
        return new KernelChoice(
                key.device(), key.outputs(), key.inputs(), key.rows(), best.kernel(), trials);
    }

    private KernelChoice.Trial tryOut(LinearKernel kernel, Key key, NDArray weight) {
        String reason = kernel.reasonAgainst(key.device(), key.type(), key.outputs(), key.inputs());
        if (reason == null && kernel.needsPattern() && !key.pattern()) {
            reason = "the mask is not transposable 2:4";
        }
        return reason == null
                ? timer.time(kernel, weight, key.rows())
                : new KernelChoice.Trial(kernel, reason, 0, 0, 0);
    }

    /**
     * Returns all choices so far.
     *
     * @return the choices, in no order
     */
    public List<KernelChoice> getChoices() {
        return List.copyOf(choices.values());
    }
}
