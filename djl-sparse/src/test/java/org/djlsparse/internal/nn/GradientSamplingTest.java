package org.djlsparse.internal.nn;

import ai.djl.Device;

import org.djlsparse.internal.torch.GradientSample;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

class GradientSamplingTest {

    private final AtomicLong step = new AtomicLong();

    @Test
    void eachPassOfEachLayerOnEachDeviceHasItsOwnNumbers() {
        List<GradientSample> all = new ArrayList<>();
        for (long seed : new long[] {0, 1, -1, 1L << 40}) {
            GradientSampling sampling = new GradientSampling(seed, step::get);
            for (int number = 0; number < 5; number++) {
                GradientSampling.Layer layer = sampling.nextLayer();
                for (step.set(0); step.get() < 5; step.incrementAndGet()) {
                    for (int pass = 0; pass < 3; pass++) {
                        all.add(layer.next(Device.cpu()));
                        all.add(layer.next(Device.gpu(0)));
                        all.add(layer.next(Device.gpu(1)));
                    }
                }
            }
        }
        assertThat(all).hasSize(4 * 5 * 5 * 3 * 3);
        assertThat(new HashSet<>(all)).hasSameSizeAs(all);
    }

    @Test
    void passesCountFromTheBeginningOfAStep() {
        GradientSampling.Layer layer = new GradientSampling(1, step::get).nextLayer();
        layer.next(Device.cpu());
        layer.next(Device.cpu());
        step.set(7);
        GradientSample first = layer.next(Device.cpu());
        GradientSample second = layer.next(Device.cpu());

        GradientSampling.Layer resumed = new GradientSampling(1, step::get).nextLayer();
        assertThat(resumed.next(Device.cpu())).isEqualTo(first);
        assertThat(resumed.next(Device.cpu())).isEqualTo(second);
    }

    @Test
    void devicesDoNotDisturbEachOther() {
        GradientSampling.Layer one = new GradientSampling(1, step::get).nextLayer();
        GradientSampling.Layer other = new GradientSampling(1, step::get).nextLayer();
        GradientSample a = one.next(Device.gpu(0));
        GradientSample b = one.next(Device.gpu(1));

        assertThat(other.next(Device.gpu(1))).isEqualTo(b);
        assertThat(other.next(Device.gpu(0))).isEqualTo(a);
    }
}
