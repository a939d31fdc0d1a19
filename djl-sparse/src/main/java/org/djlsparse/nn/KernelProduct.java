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
        PackedWeight ready = packed(parameterStore, x, training);
        if (ready != null && !LinearFunction.isRecording()) {
            return form.fromRows(ready.multiply(form.toRows(x), biasValue));
        }
        NDArray weightValue = parameterStore.getValue(weight, device, training);
        if (ready == null) {
            return form.plain(x, weightValue, biasValue);
        }
        NDArray matrix = form.toMatrix(weightValue);
        return form.fromRows(
                LinearFunction.linear(ready, form.toRows(x), matrix, biasValue, hooks));
    }

    /** Returns the masked weight's packed form, made anew if it must be; null if there is none. */
    private @Nullable PackedWeight packed(
            ParameterStore parameterStore, NDArray x, boolean training) {
        Device device = x.getDevice();
        MaskedParameterStore store =
                parameterStore instanceof MaskedParameterStore masked ? masked : null;
        MaskedLayer layer = store == null ? null : store.getLayer(weight);
        if (store == null || layer == null) {
            discard(device);
            choice = KernelChoice.dense("no mask");
            return null;
        }
        NDArray dense = store.getDense(weight, device, training);
        boolean recording = LinearFunction.isRecording();
        PackedLayer current =
                packed.compute(
                        device,
                        (ignored, old) -> {
                            boolean known = old != null && old.isFor(layer, x, recording);
                            if (old != null && known && old.isCurrent(dense)) {
                                return old;
                            }
                            NDArray masked = parameterStore.getValue(weight, device, training);
                            KernelChoice fresh =
                                    old != null && known
                                            ? old.getChoice()
                                            : choose(layer.getMask(), masked, x.getShape());
                            NDArray matrix = form.toMatrix(masked);
                            return PackedLayer.of(old, layer, x, recording, fresh, dense, matrix);
                        });
        choice = current.getChoice();
        return current.getPacked();
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
