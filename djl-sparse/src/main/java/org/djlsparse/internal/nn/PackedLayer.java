package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.torch.KernelChoice;
import org.djlsparse.internal.torch.LayerProduct;
import org.djlsparse.internal.torch.PackedWeight;
import org.djlsparse.internal.torch.ProductKernel;
import org.djlsparse.internal.torch.WeightVersion;
import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * The choice of a kernel for a layer on one device, and the masked weight packed for the kernel.
 */
final class PackedLayer implements AutoCloseable {

    private final MaskedLayer layer;
    private final Shape input;
    private final boolean recording;
    private final KernelChoice choice;
    private final @Nullable WeightVersion version;
    private final @Nullable PackedWeight packed;

    private PackedLayer(
            MaskedLayer layer,
            Shape input,
            boolean recording,
            KernelChoice choice,
            @Nullable WeightVersion version,
            @Nullable PackedWeight packed) {
        this.layer = layer;
        this.input = input;
        this.recording = recording;
        this.choice = choice;
        this.version = version;
        this.packed = packed;
    }

    /**
     * Packs a masked weight for the chosen kernel, if there is one.
     *
     * @param layer the mask
     * @param x the layer's input
     * @param recording whether gradients are being collected
     * @param choice the choice for the layer
     * @param product what the layer computes
     * @param previous the previous packed layer, which stays open
     */
    static PackedLayer of(
            MaskedLayer layer,
            NDArray x,
            boolean recording,
            KernelChoice choice,
            LayerProduct product,
            @Nullable PackedLayer previous) {
        ProductKernel kernel = choice.kernel();
        if (kernel == null) {
            return new PackedLayer(layer, x.getShape(), recording, choice, null, null);
        }
        // The parameter's own manager lives as long as the model; a mirror's ends with its trainer.
        NDManager model = layer.getParameter().getArray().getManager();
        PackedWeight last = previous == null ? null : previous.packed;
        PackedWeight packed = kernel.pack(product, last, model);
        WeightVersion version = WeightVersion.of(product.weight(), model);
        return new PackedLayer(layer, x.getShape(), recording, choice, version, packed);
    }

    /** Returns the same packed weight for another input or pass that uses the same kernel. */
    PackedLayer with(NDArray x, boolean records, KernelChoice other) {
        return new PackedLayer(layer, x.getShape(), records, other, version, packed);
    }

    /** Returns whether the weight is packed for the kernel of a choice. */
    boolean isFor(KernelChoice other) {
        return Objects.equals(choice.kernel(), other.kernel());
    }

    boolean isOf(MaskedLayer current) {
        return layer == current;
    }

    /**
     * Returns whether the choice was made for this mask, this input shape and this kind of pass.
     */
    boolean isFor(MaskedLayer current, NDArray x, boolean records) {
        return isOf(current) && recording == records && input.equals(x.getShape());
    }

    /** Returns whether nothing is packed, or the weight has not changed since it was packed. */
    boolean isCurrent(NDArray weight) {
        return version == null || version.isCurrent(weight);
    }

    KernelChoice getChoice() {
        return choice;
    }

    /** Retains the packed weight, if there is one, for one more user, who releases it. */
    PackedLayer retain() {
        if (packed != null) {
            packed.retain();
        }
        return this;
    }

    @Nullable PackedWeight getPacked() {
        return packed;
    }

    @Override
    public void close() {
        if (version != null) {
            version.close();
        }
        if (packed != null) {
            packed.close();
        }
    }
}
