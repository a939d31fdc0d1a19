package org.djlsparse.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.torch.KernelChoice;
import org.djlsparse.torch.KernelChooser;
import org.djlsparse.torch.LinearFunction;
import org.djlsparse.torch.PackedWeight;
import org.djlsparse.torch.ProductForm;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * A layer's product with its weight, in a kernel while the weight has a mask that the kernel can
 * use, and as DJL runs it otherwise.
 *
 * <p>The masked weight is packed anew when weight or mask have changed: once a step in training,
 * and once in an evaluation.
 */
final class KernelProduct {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    private final ProductForm form;
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final KernelChooser chooser;
    private final GradientHooks hooks;
    private final Map<Device, PackedLayer> packed = new ConcurrentHashMap<>();
    private volatile KernelChoice choice = KernelChoice.dense("no forward pass yet");

    KernelProduct(
            ProductForm form,
            Parameter weight,
            @Nullable Parameter bias,
            KernelChooser chooser,
            GradientHooks hooks) {
        this.form = form;
        this.weight = weight;
        this.bias = bias;
        this.chooser = chooser;
        this.hooks = hooks;
    }

    /** What ran the last forward pass. */
    KernelChoice getChoice() {
        return choice;
    }

    NDArray forward(ParameterStore parameterStore, NDArray x, boolean training) {
        Device device = x.getDevice();
        NDArray biasValue = bias == null ? null : parameterStore.getValue(bias, device, training);
        boolean recording = LinearFunction.isRecording();
        // Not needed for a prediction whose weight is packed.
        NDArray masked = recording ? parameterStore.getValue(weight, device, training) : null;
        PackedWeight ready = packed(parameterStore, x, training, masked);
        if (ready == null) {
            NDArray weightValue =
                    masked == null ? parameterStore.getValue(weight, device, training) : masked;
            return form.plain(x, weightValue, biasValue);
        }
        try {
            NDArray rows = form.toRows(x);
            return form.fromRows(
                    masked == null
                            ? ready.multiply(rows, biasValue)
                            : LinearFunction.linear(
                                    ready, rows, form.toMatrix(masked), biasValue, hooks));
        } finally {
            ready.release();
        }
    }

    /**
     * Returns the masked weight's packed form, made anew if it must be, for the caller to release;
     * null if there is none.
     */
    private @Nullable PackedWeight packed(
            ParameterStore parameterStore, NDArray x, boolean training, @Nullable NDArray masked) {
        Device device = x.getDevice();
        MaskedParameterStore store =
                parameterStore instanceof MaskedParameterStore own ? own : null;
        MaskedLayer layer = store == null ? null : store.getLayer(weight);
        if (store == null || layer == null) {
            discard(device);
            choice = KernelChoice.dense("no mask");
            return null;
        }
        NDArray dense = store.getDense(weight, device, training);
        PackedLayer current =
                packed.compute(
                        device,
                        // Retained in here, since another thread may replace and close it.
                        (ignored, old) ->
                                renew(
                                                old,
                                                layer,
                                                x,
                                                dense,
                                                () ->
                                                        masked == null
                                                                ? parameterStore.getValue(
                                                                        weight, device, training)
                                                                : masked)
                                        .retain());
        choice = current.getChoice();
        return current.getPacked();
    }

    /** Returns what was packed, if it still fits, or packs anew and closes that. */
    private PackedLayer renew(
            @Nullable PackedLayer old,
            MaskedLayer layer,
            NDArray x,
            NDArray dense,
            Supplier<NDArray> masked) {
        boolean recording = LinearFunction.isRecording();
        boolean current = old != null && old.isOf(layer) && old.isCurrent(dense);
        KernelChoice known = old != null && old.isFor(layer, x, recording) ? old.getChoice() : null;
        if (old != null && current && known != null) {
            return old;
        }
        NDArray value = masked.get();
        KernelChoice fresh = known == null ? choose(layer.getMask(), value, x.getShape()) : known;
        if (old != null && current && old.isFor(fresh)) {
            return old.with(x, recording, fresh);
        }
        NDArray matrix = form.toMatrix(value);
        PackedLayer renewed = PackedLayer.of(layer, x, recording, fresh, dense, matrix);
        if (old != null) {
            old.close();
        }
        return renewed;
    }

    private KernelChoice choose(Mask mask, NDArray masked, Shape input) {
        String noPattern = null;
        if (!mask.getPattern().equals(PATTERN)) {
            noPattern = "mask " + mask.getPattern() + ": must be " + PATTERN;
        } else if (!mask.isTransposable()) {
            noPattern = "mask " + PATTERN + ": must be valid both ways";
        }
        return chooser.choose(form, masked, noPattern, input, LinearFunction.isRecording());
    }

    private void discard(Device device) {
        PackedLayer old = packed.remove(device);
        if (old != null) {
            old.close();
        }
    }

    /** Frees what is packed. */
    void clear() {
        packed.keySet().forEach(this::discard);
    }
}
