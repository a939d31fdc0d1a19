package org.djlsparse.cli.convert;

import org.djlsparse.cli.run.Score;

/**
 * The scores of one fine-tuning and its controls. The components are the keys of its JSON.
 *
 * @param seed the seed
 * @param dense the dense model before the conversion
 * @param continued the dense model trained further by as many steps as the converted one
 * @param converted the converted model
 * @param fineTuned the converted model after the further training
 * @param density the density of the masked weights at the end
 * @param valid whether the masks are valid at the end
 */
public record FineTuneRun(
        int seed,
        Score dense,
        Score continued,
        Score converted,
        Score fineTuned,
        double density,
        boolean valid) {}
