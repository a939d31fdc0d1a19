package org.djlsparse.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.torch.KernelChoice;
import org.djlsparse.torch.LinearKernel;
import org.djlsparse.torch.PackedWeight;
import org.djlsparse.torch.WeightVersion;
import org.jspecify.annotations.Nullable;

/** What was chosen for a layer on one device, and its masked weight, packed for the kernel. */
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
     * Packs a masked weight, unless that has been done for the same kernel.
     *
     * @param old what there was; its packed form is taken over or closed
     * @param layer the mask
     * @param x the layer's input
     * @param recording whether gradients are being collected
     * @param choice what runs the layer
     * @param weight the dense weight
     * @param masked the masked weight as a matrix
     */
    static PackedLayer of(
            @Nullable PackedLayer old,
            MaskedLayer layer,
            NDArray x,
            boolean recording,
            KernelChoice choice,
            NDArray weight,
            NDArray masked) {
        Shape input = x.getShape();
        LinearKernel kernel = choice.kernel();
        if (old != null
                && old.layer == layer
                && old.isCurrent(weight)
                && kernel != null
                && kernel.equals(old.choice.kernel())) {
            return new PackedLayer(layer, input, recording, choice, old.version, old.packed);
        }
        PackedLayer fresh;
        if (kernel == null) {
            fresh = new PackedLayer(layer, input, recording, choice, null, null);
        } else {
            // The parameter's own manager lives with the model; a mirror's ends with its trainer.
            NDManager model = layer.getParameter().getArray().getManager();
            PackedWeight packed = kernel.pack(masked, model);
            WeightVersion version = WeightVersion.of(weight, model);
            fresh = new PackedLayer(layer, input, recording, choice, version, packed);
        }
        if (old != null) {
            old.close();
        }
        return fresh;
    }

    /** Whether the choice was made for this mask, input and pass. */
    boolean isFor(MaskedLayer current, NDArray x, boolean records) {
        return layer == current && recording == records && input.equals(x.getShape());
    }

    /** Whether there is nothing packed, or the weight is still what it was then. */
    boolean isCurrent(NDArray weight) {
        return version == null || version.isCurrent(weight);
    }

    KernelChoice getChoice() {
        return choice;
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
