package org.djlsparse.nn;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.torch.LinearFunction;
import org.djlsparse.torch.LinearKernel;
import org.djlsparse.torch.PackedWeight;
import org.jspecify.annotations.Nullable;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A linear block whose products run in a kernel while its weight has a mask that the kernel can
 * use, and which is plain otherwise.
 *
 * <p>It stands in for another linear block, whose parameters it uses. Initialization, shapes,
 * saving and loading are that block's own.
 *
 * <p>The masked weight is packed anew when weight or mask have changed: once a step in training,
 * and once in an evaluation.
 */
public final class SparseLinear extends Linear {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    private final Linear original;
    private final LinearKernel kernel;
    private final GradientHooks hooks;
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final Map<Device, PackedLayer> packed = new ConcurrentHashMap<>();
    private volatile @Nullable String reason = "no forward pass yet";

    /**
     * Creates a block that stands in for another.
     *
     * @param original the other block
     * @param kernel runs the products
     * @param hooks bring the gradients
     */
    SparseLinear(Linear original, LinearKernel kernel, GradientHooks hooks) {
        super(Linear.builder());
        this.original = original;
        this.kernel = kernel;
        this.hooks = hooks;
        parameters.clear();
        original.getDirectParameters().forEach(p -> parameters.put(p.getKey(), p.getValue()));
        weight = Objects.requireNonNull(parameters.get("weight"));
        bias = parameters.get("bias");
    }

    /**
     * Returns the block that this one stands in for.
     *
     * @return the block
     */
    public Linear getOriginal() {
        return original;
    }

    /**
     * Returns the kernel.
     *
     * @return the kernel
     */
    public LinearKernel getKernel() {
        return kernel;
    }

    /**
     * Returns why the last forward pass did not run in the kernel.
     *
     * @return the reason in words, or null if it did
     */
    public @Nullable String getReason() {
        return reason;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        Device device = x.getDevice();
        NDArray biasValue = bias == null ? null : parameterStore.getValue(bias, device, training);
        PackedWeight ready = packed(parameterStore, device, training);
        if (ready != null && !LinearFunction.isRecording()) {
            return new NDList(ready.multiply(x, biasValue));
        }
        NDArray weightValue = parameterStore.getValue(weight, device, training);
        return ready == null
                ? linear(x, weightValue, biasValue)
                : new NDList(LinearFunction.linear(ready, x, weightValue, biasValue, hooks));
    }

    /** Returns the masked weight's packed form, made anew if it must be; null if there is none. */
    private @Nullable PackedWeight packed(
            ParameterStore parameterStore, Device device, boolean training) {
        MaskedParameterStore store =
                parameterStore instanceof MaskedParameterStore masked ? masked : null;
        MaskedLayer layer = store == null ? null : store.getLayer(weight);
        if (store == null || layer == null) {
            discard(device);
            reason = "no mask";
            return null;
        }
        NDArray dense = store.getDense(weight, device, training);
        PackedLayer current =
                packed.compute(
                        device,
                        (ignored, old) -> {
                            if (old != null && old.isCurrent(layer, dense)) {
                                return old;
                            }
                            // A mask that was found good stays good.
                            String against =
                                    old != null && old.isOf(layer)
                                            ? null
                                            : reasonAgainst(layer.getMask(), dense);
                            PackedLayer fresh =
                                    against != null
                                            ? PackedLayer.refuse(layer, against)
                                            : PackedLayer.pack(
                                                    kernel,
                                                    layer,
                                                    dense,
                                                    parameterStore.getValue(
                                                            weight, device, training));
                            if (old != null) {
                                old.close();
                            }
                            return fresh;
                        });
        reason = current.getReason();
        return current.getPacked();
    }

    private @Nullable String reasonAgainst(Mask mask, NDArray dense) {
        Shape shape = dense.getShape();
        String against =
                kernel.reasonAgainst(
                        dense.getDevice(), dense.getDataType(), shape.get(0), shape.get(1));
        if (against == null && kernel.needsPattern()) {
            if (!mask.getPattern().equals(PATTERN)) {
                against = "mask " + mask.getPattern() + ": must be " + PATTERN;
            } else if (!mask.isTransposable()) {
                against = "mask " + PATTERN + ": must be valid both ways";
            }
        }
        return against;
    }

    private void discard(Device device) {
        PackedLayer old = packed.remove(device);
        if (old != null) {
            old.close();
        }
    }

    @Override
    public void clear() {
        packed.keySet().forEach(this::discard);
        original.clear();
    }

    // What follows is the original block's own.

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        original.initialize(manager, dataType, inputShapes);
    }

    @Override
    public boolean isInitialized() {
        return original.isInitialized();
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return original.getOutputShapes(inputs);
    }

    @Override
    public Shape[] getInputShapes() {
        return original.getInputShapes();
    }

    @Override
    public PairList<String, Shape> describeInput() {
        return original.describeInput();
    }

    @Override
    public void cast(DataType dataType) {
        original.cast(dataType);
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        original.saveParameters(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        original.loadParameters(manager, is);
    }

    @Override
    public String toString() {
        return original.toString();
    }
}
