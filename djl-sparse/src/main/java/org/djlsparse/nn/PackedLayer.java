package org.djlsparse.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.djlsparse.torch.LinearKernel;
import org.djlsparse.torch.PackedWeight;
import org.djlsparse.torch.WeightVersion;
import org.jspecify.annotations.Nullable;

/** A masked weight on one device, packed for a kernel, or why the kernel cannot serve it. */
final class PackedLayer implements AutoCloseable {

    private final MaskedLayer layer;
    private final @Nullable String reason;
    private final @Nullable WeightVersion version;
    private final @Nullable PackedWeight packed;

    private PackedLayer(
            MaskedLayer layer,
            @Nullable String reason,
            @Nullable WeightVersion version,
            @Nullable PackedWeight packed) {
        this.layer = layer;
        this.reason = reason;
        this.version = version;
        this.packed = packed;
    }

    /**
     * Packs a masked weight.
     *
     * @param kernel the kernel
     * @param layer the mask
     * @param weight the dense weight
     * @param masked the masked weight
     */
    static PackedLayer pack(
            LinearKernel kernel, MaskedLayer layer, NDArray weight, NDArray masked) {
        // The parameter's own manager lives with the model; a mirror's ends with its trainer.
        NDManager model = layer.getParameter().getArray().getManager();
        PackedWeight packed = kernel.pack(masked, model);
        return new PackedLayer(layer, null, WeightVersion.of(weight, model), packed);
    }

    /** Remembers that there is nothing to pack while this mask is there. */
    static PackedLayer refuse(MaskedLayer layer, String reason) {
        return new PackedLayer(layer, reason, null, null);
    }

    boolean isOf(MaskedLayer other) {
        return layer == other;
    }

    /** Whether mask and weight are still those that were packed or refused. */
    boolean isCurrent(MaskedLayer current, NDArray weight) {
        return layer == current && (version == null || version.isCurrent(weight));
    }

    /** Why there is no packed weight, or null if there is. */
    @Nullable String getReason() {
        return reason;
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
