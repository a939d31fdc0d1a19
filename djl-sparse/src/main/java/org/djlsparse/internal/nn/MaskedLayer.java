package org.djlsparse.internal.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.GradientTerm;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskedGradient;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One parameter's mask, with its tensor on each device that asked for it.
 *
 * <p>One tensor a device serves both gradient flows: for {@link GradientFlow#MASKED} it holds 1
 * where an entry is kept, and the masked weight is {@code w * t}; for {@link
 * GradientFlow#STRAIGHT_THROUGH} it holds 1 where an entry is pruned, and the masked weight is
 * {@code w - stop(w) * t}: exactly w or exactly 0, with the gradient of w.
 */
final class MaskedLayer implements AutoCloseable {

    private final String name;
    private final Parameter parameter;
    private final MaskConfig config;
    private final boolean inPlace;
    private final FoundMask found;
    private final long flips;
    private final Map<Device, NDArray> tensors = new ConcurrentHashMap<>();
    private @Nullable NDArray takenOut; // of a weight masked in place
    private volatile boolean closed;

    MaskedLayer(
            String name,
            Parameter parameter,
            MaskConfig config,
            boolean inPlace,
            FoundMask found,
            long flips) {
        this.name = name;
        this.parameter = parameter;
        this.config = config;
        this.inPlace = inPlace;
        this.found = found;
        this.flips = flips;
    }

    static WeightShape weightShape(Parameter parameter) {
        return WeightShape.of(ParameterShape.known(parameter).getShape());
    }

    Parameter getParameter() {
        return parameter;
    }

    /** Whether the weight itself is masked, since no store hands it out. */
    boolean isInPlace() {
        return inPlace;
    }

    Mask getMask() {
        return found.mask();
    }

    long getSize() {
        return getMask().getShape().size();
    }

    long getFlips() {
        return flips;
    }

    /** Whether the gradient of pruned entries is zero. */
    boolean masksGradient() {
        return config.flow() == GradientFlow.MASKED;
    }

    @Nullable GradientTerm getTerm() {
        return config.term();
    }

    /** What the refresh that made this mask did. */
    LayerRefresh getRefresh(long step) {
        GradientTerm term = getTerm();
        return new LayerRefresh(
                step,
                name,
                (double) flips / getSize(),
                found.keptMagnitude(),
                found.nanos() / 1e9,
                term == null ? Map.of() : term.getFigures());
    }

    /**
     * Returns the masked weight.
     *
     * @param weight the dense weight, on any device
     * @param training whether gradients will flow
     * @param manager what to attach the result to
     */
    NDArray apply(NDArray weight, boolean training, NDManager manager) {
        NDArray tensor = tensor(weight);
        NDArray masked;
        if (config.flow() == GradientFlow.MASKED) {
            masked = weight.mul(tensor);
        } else if (training) {
            try (NDArray stopped = weight.stopGradient();
                    NDArray pruned = stopped.mul(tensor)) {
                masked = weight.sub(pruned);
            }
        } else {
            try (NDArray pruned = weight.mul(tensor)) {
                masked = weight.sub(pruned);
            }
        }
        // Results start out with the manager of the weight, which lives as long as the model.
        masked.attach(manager);
        return masked;
    }

    /**
     * Checks that each entry of a weight is a number.
     *
     * @throws IllegalStateException if one is not; names the layer
     */
    void checkFinite(NDArray weight) {
        try (NDManager scratch = weight.getManager().newSubManager(weight.getDevice())) {
            NDArray stopped = weight.stopGradient();
            stopped.attach(scratch);
            NDArray largest = stopped.abs().max().toType(DataType.FLOAT64, false);
            if (!Double.isFinite(largest.getDouble())) {
                throw new IllegalStateException(
                        "layer \""
                                + name
                                + "\": holds NaN or infinite weights: must be finite; if training"
                                + " diverged, use a lower learning rate");
            }
        }
    }

    /** Writes zeros, never negative ones, into the weight itself. Autograd sees nothing of it. */
    void applyInPlace(NDArray weight) {
        NDArray tensor = tensor(weight);
        // Shares the weight's values, without being a leaf that autograd protects.
        try (NDArray stopped = weight.stopGradient()) {
            if (config.flow() == GradientFlow.MASKED) {
                stopped.muli(tensor);
                stopped.addi(0); // makes -0 a 0, and leaves all others as they are
            } else {
                try (NDArray pruned = stopped.mul(tensor)) {
                    stopped.subi(pruned);
                }
            }
        }
    }

    /**
     * Takes what is pruned out of a weight that is masked in place. It is kept, so that {@link
     * #putBack} leaves the weight as it was, to the bit.
     */
    void takeOut() {
        try (NDArray stopped = parameter.getArray().stopGradient()) {
            NDArray pruned = prunedPart(stopped);
            stopped.subi(pruned);
            if (takenOut == null) {
                takenOut = pruned;
            } else {
                pruned.close(); // of a step that was not told of
            }
        }
    }

    /** The weight where it is pruned, and zero elsewhere. */
    private NDArray prunedPart(NDArray stopped) {
        NDArray product = stopped.mul(tensor(stopped));
        if (config.flow() == GradientFlow.STRAIGHT_THROUGH) {
            return product;
        }
        try (NDArray kept = product) {
            return stopped.sub(kept);
        }
    }

    boolean isTakenOut() {
        return takenOut != null;
    }

    /** Puts back what was taken out, if anything was. */
    void putBack() {
        if (takenOut != null) {
            try (NDArray stopped = parameter.getArray().stopGradient()) {
                stopped.addi(takenOut);
            }
            takenOut.close();
            takenOut = null;
        }
    }

    /** Masks the gradient of a weight that is masked in place, if the rule says so. */
    void maskGradient() {
        NDArray weight = parameter.getArray();
        if (config.flow() == GradientFlow.MASKED && weight.hasGradient()) {
            try (NDArray gradient = weight.getGradient()) {
                gradient.muli(tensor(weight));
            }
        }
    }

    /**
     * Adds the rule's term, if it has one, to a weight's gradient.
     *
     * @param weight the dense weight, on any device; nothing happens if it is frozen
     */
    void addTerm(NDArray weight) {
        GradientTerm term = getTerm();
        if (term == null || !weight.hasGradient()) {
            return;
        }
        // Results belong to the manager of what they are made from, so all of it is attached here.
        try (NDManager scratch = weight.getManager().newSubManager(weight.getDevice())) {
            NDArray stopped = weight.stopGradient();
            stopped.attach(scratch);
            NDArray gradient = weight.getGradient();
            gradient.attach(scratch);
            NDArray tensor = tensor(weight).stopGradient();
            tensor.attach(scratch);
            NDArray pruned =
                    config.flow() == GradientFlow.STRAIGHT_THROUGH ? tensor : tensor.neg().addi(1);
            term.addTo(new MaskedGradient(name, gradient, stopped, pruned));
        }
    }

    private NDArray tensor(NDArray weight) {
        if (closed) {
            throw new IllegalStateException(
                    "layer \""
                            + name
                            + "\": its mask was replaced during a forward pass in another thread;"
                            + " evaluate before or after training, loading and unwrapping");
        }
        return tensors.computeIfAbsent(
                weight.getDevice(), ignored -> newTensor(weight, new UploadBuffer()));
    }

    /**
     * Makes the tensor for a weight's device, if there is none, so that no forward pass has to.
     *
     * @param weight the dense weight, on any device
     * @param buffer what to copy the mask from
     * @return whether there was none
     */
    boolean upload(NDArray weight, UploadBuffer buffer) {
        if (tensors.containsKey(weight.getDevice())) {
            return false;
        }
        tensors.computeIfAbsent(weight.getDevice(), ignored -> newTensor(weight, buffer));
        return true;
    }

    private NDArray newTensor(NDArray weight, UploadBuffer buffer) {
        boolean masked = config.flow() == GradientFlow.MASKED;
        ByteBuffer bytes = buffer.ofSize(getMask().getShape().size());
        getMask().writeBytes(bytes, (byte) (masked ? 1 : 0), (byte) (masked ? 0 : 1));
        // The parameter's own manager lives with the model; a mirror's ends with its trainer.
        NDManager model = parameter.getArray().getManager();
        try (NDManager scratch = model.newSubManager(weight.getDevice())) {
            // Shares the buffer on a CPU; the tensor does not, since a type is converted.
            NDArray created = scratch.create(bytes.flip(), weight.getShape(), DataType.UINT8);
            NDArray tensor = created.toType(weight.getDataType(), false);
            tensor.attach(model);
            return tensor;
        }
    }

    @Override
    public void close() {
        closed = true;
        if (takenOut != null) {
            takenOut.close();
        }
        tensors.values().forEach(NDArray::close);
        tensors.clear();
    }
}
