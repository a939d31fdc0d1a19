package org.djlsparse.cli.command;

import org.djlsparse.cli.run.Distill;
import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** The options of distillation from the dense model. */
final class DistillOptions {

    @Option(
            names = "--distill",
            paramLabel = "<weight>",
            converter = NumberConverter.UpToOne.class,
            description =
                    "Train with masks by distillation from the dense model: the weight, up to 1, of"
                            + " the distance to it in the loss.")
    private @Nullable Float distill;

    @Option(
            names = "--temperature",
            defaultValue = "2",
            converter = NumberConverter.AboveZero.class,
            description = "The temperature of the logits in distillation.")
    private float temperature;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    DistillOptions() {}

    /** Returns the settings; null without distillation. */
    @Nullable Distill get() {
        return distill == null ? null : new Distill(distill, temperature);
    }
}
