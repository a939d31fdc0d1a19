package org.djlsparse.internal.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;

import org.djlsparse.internal.torch.GradientSample;
import org.djlsparse.internal.torch.HookRegistry;
import org.djlsparse.internal.torch.KernelChoice;
import org.djlsparse.internal.torch.LayerProduct;
import org.djlsparse.internal.torch.LinearFunction;
import org.djlsparse.internal.torch.PackedWeight;
import org.djlsparse.internal.torch.ProductForm;
import org.djlsparse.internal.torch.ProductKernelChooser;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A layer's product with its weight. It runs in a kernel while the weight has a mask that the
 * kernel can use, and as in DJL otherwise.
 *
 * <p>The masked weight is packed again when the weight or the mask has changed: once per training
 * step, and once per evaluation.
 */
final class KernelProduct {

    private final ProductForm form;
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final ProductKernelChooser chooser;
    private final HookRegistry hooks;
    private final GradientSampling.@Nullable Layer sampling;
    private final Map<Device, PackedLayer> packed = new ConcurrentHashMap<>();
    private volatile KernelChoice choice = KernelChoice.dense("no forward pass yet");
    private volatile boolean sampled;

    KernelProduct(
            ProductForm form,
            Parameter weight,
            @Nullable Parameter bias,
            ProductKernelChooser chooser,
            HookRegistry hooks,
            GradientSampling.@Nullable Layer sampling) {
        this.form = form;
        this.weight = weight;
        this.bias = bias;
        this.chooser = chooser;
        this.hooks = hooks;
        this.sampling = sampling;
    }

    /** Returns the choice that ran the last forward pass. */
    KernelChoice getChoice() {
        return choice;
    }

    /** Returns whether the last forward pass with gradients samples its output's gradient. */
    boolean isSampled() {
        return sampled;
    }

    NDArray forward(ParameterStore parameterStore, NDArray x, boolean training) {
        Device device = x.getDevice();
        NDArray biasValue = bias == null ? null : parameterStore.getValue(bias, device, training);
        PackedWeight ready = packed(parameterStore, x, training);
        boolean recording = LinearFunction.isRecording();
        if (recording) {
            sampled = ready != null && sampling != null;
        }
        if (ready == null) {
            return form.plain(x, parameterStore.getValue(weight, device, training), biasValue);
        }
        try {
            // A prediction reads only the packed weight.
            NDArray node = null;
            GradientSample sample = null;
            if (recording) {
                sample = sampling == null ? null : sampling.next(device);
                node =
                        ready.takesDense() && parameterStore instanceof MaskedParameterStore store
                                ? store.getDense(weight, device, training)
                                : parameterStore.getValue(weight, device, training);
            }
            return LinearFunction.layer(ready, form, x, node, biasValue, hooks, sample);
        } finally {
            ready.release();
        }
    }

    /**
     * Returns the masked weight's packed form, packed again if necessary, which the caller must
     * release; null if there is none.
     */
    private @Nullable PackedWeight packed(
            ParameterStore parameterStore, NDArray x, boolean training) {
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
        LayerProduct product =
                new LayerProduct(
                        form,
                        dense,
                        () -> parameterStore.getValue(weight, device, training),
                        layer.getMask(),
                        layer.masksGradient());
        PackedLayer current =
                packed.compute(
                        device,
                        // Retained in here, because another thread may replace and close it.
                        (ignored, old) -> renew(old, layer, x, product).retain());
        choice = current.getChoice();
        return current.getPacked();
    }

    /**
     * Returns the packed layer if it is still valid; otherwise packs again and closes the old one.
     */
    private PackedLayer renew(
            @Nullable PackedLayer old, MaskedLayer layer, NDArray x, LayerProduct product) {
        boolean recording = LinearFunction.isRecording();
        boolean current = old != null && old.isOf(layer) && old.isCurrent(product.weight());
        KernelChoice known = old != null && old.isFor(layer, x, recording) ? old.getChoice() : null;
        if (old != null && current && known != null) {
            return old;
        }
        KernelChoice fresh =
                known == null ? chooser.choose(product, x.getShape(), recording) : known;
        if (old != null && current && old.isFor(fresh)) {
            return old.with(x, recording, fresh);
        }
        PackedLayer renewed = PackedLayer.of(layer, x, recording, fresh, product, old);
        if (old != null) {
            old.close();
        }
        return renewed;
    }

    private void discard(Device device) {
        PackedLayer old = packed.remove(device);
        if (old != null) {
            old.close();
        }
    }

    /** Frees the packed weights. */
    void clear() {
        packed.keySet().forEach(this::discard);
    }
}
