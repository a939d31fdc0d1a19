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
 * The mask of one parameter, with a tensor on each device that has requested one.
 *
 * <p>One tensor per device serves both gradient flows: for {@link GradientFlow#MASKED} it holds 1
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
    private @Nullable NDArray takenOut; // pruned entries of a weight masked in place
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

    /** Returns whether the weight itself is masked, because no parameter store provides it. */
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

    /** Returns whether the gradient of pruned entries is zero. */
    boolean masksGradient() {
        return config.flow() == GradientFlow.MASKED;
    }

    @Nullable GradientTerm getTerm() {
        return config.term();
    }

    /** Returns the figures of the refresh that made this mask. */
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
     * @param training whether gradients are needed
     * @param manager the manager to attach the result to
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
        // A result first belongs to the weight's manager, which lives as long as the model.
        masked.attach(manager);
        return masked;
    }

    /**
     * Checks that all entries of a weight are finite.
     *
     * @throws IllegalStateException if one is not; the message names the layer
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

    /** Writes zeros, never negative zeros, into the weight itself, unseen by autograd. */
    void applyInPlace(NDArray weight) {
        NDArray tensor = tensor(weight);
        // Shares the weight's memory, but is not a leaf, which autograd would protect.
        try (NDArray stopped = weight.stopGradient()) {
            if (config.flow() == GradientFlow.MASKED) {
                stopped.muli(tensor);
                stopped.addi(0); // turns -0 into 0 and changes no other value
            } else {
                try (NDArray pruned = stopped.mul(tensor)) {
                    stopped.subi(pruned);
                }
            }
        }
    }

    /**
     * Takes the pruned entries out of a weight that is masked in place, and keeps them, so that
     * {@link #putBack} restores the weight bit for bit.
     */
    void takeOut() {
        try (NDArray stopped = parameter.getArray().stopGradient()) {
            NDArray pruned = prunedPart(stopped);
            stopped.subi(pruned);
            if (takenOut == null) {
                takenOut = pruned;
            } else {
                pruned.close(); // changes by a step without endBackward
            }
        }
    }

    /** Returns the pruned entries of the weight, and zeros elsewhere. */
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

    /** Puts the pruned entries back, if they were taken out. */
    void putBack() {
        if (takenOut != null) {
            try (NDArray stopped = parameter.getArray().stopGradient()) {
                stopped.addi(takenOut);
            }
            takenOut.close();
            takenOut = null;
        }
    }

    /** Masks the gradient of a weight that is masked in place, if the gradient flow requires it. */
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
        // Results belong to the manager of their operands, so all operands are attached here.
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
     * Creates the tensor for a weight's device if it is missing, so that no forward pass has to.
     *
     * @param weight the dense weight, on any device
     * @param buffer the buffer through which the mask is copied
     * @return {@code true} if it was missing
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
        // The parameter's own manager lives as long as the model; a mirror's ends with its trainer.
        NDManager model = parameter.getArray().getManager();
        try (NDManager scratch = model.newSubManager(weight.getDevice())) {
            // On a CPU, this array shares the buffer. The tensor does not: its type is another.
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
