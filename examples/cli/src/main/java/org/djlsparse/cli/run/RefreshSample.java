package org.djlsparse.cli.run;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A model's masks at a refresh.
 *
 * @param step the training step that began with the refresh, from 1 on
 * @param flipRate the share of all masked entries that the refresh changed; null for the first
 *     masks
 * @param keptMagnitude kept |w| over all |w| of the masked layers together
 * @param layers each masked layer, in the model's order
 */
public record RefreshSample(
        int step, @Nullable Double flipRate, double keptMagnitude, List<LayerSample> layers) {

    /** Creates a sample. */
    public RefreshSample {
        layers = List.copyOf(layers);
    }
}
