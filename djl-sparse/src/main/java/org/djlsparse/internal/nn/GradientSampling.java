package org.djlsparse.internal.nn;

import ai.djl.Device;

import org.djlsparse.internal.torch.GradientSample;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The sampling of the output gradients of a model's layers. The random numbers of a sample depend
 * only on the seed, the layer, the device, the training step, and the number of forward passes of
 * the layer since the step began. They therefore depend neither on the order in which threads run,
 * nor on whether a run was interrupted between two steps.
 */
public final class GradientSampling {

    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    private final long seed;
    private final LongSupplier step;
    private long layers;

    /**
     * Creates the sampling of a model.
     *
     * @param seed the seed
     * @param step supplies the number of the current training step
     */
    public GradientSampling(long seed, LongSupplier step) {
        this.seed = seed;
        this.step = step;
    }

    /** Returns the sampling of the next layer, in the order of the model. */
    Layer nextLayer() {
        return new Layer(mix(mix(0, seed), layers++), step);
    }

    /** Returns a random number for a key and a value, by the output function of SplitMix64. */
    private static long mix(long key, long value) {
        long z = (key ^ value) + GAMMA;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** The sampling of one layer. Thread-safe. */
    static final class Layer {

        private final long key;
        private final LongSupplier step;
        private final Map<Device, Pass> passes = new ConcurrentHashMap<>();

        /** A forward pass: the step, and the number of the layer's passes before it in the step. */
        private record Pass(long step, long number) {}

        private Layer(long key, LongSupplier step) {
            this.key = key;
            this.step = step;
        }

        /** Returns the sample for the layer's next forward pass on a device. */
        GradientSample next(Device device) {
            long now = step.getAsLong();
            Pass pass =
                    passes.compute(
                            device,
                            (ignored, last) ->
                                    new Pass(
                                            now,
                                            last == null || last.step() != now
                                                    ? 0
                                                    : last.number() + 1));
            long place = mix(mix(key, device.getDeviceId()), now);
            return new GradientSample(mix(place, pass.number()));
        }
    }
}
