package org.djlsparse.cli.command;

import org.djlsparse.cli.run.MaskedSteps;
import org.djlsparse.training.MaskSchedule;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say in which steps there are masks, and when they are refreshed. */
final class ScheduleOptions {

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--refresh-every",
            paramLabel = "<steps>",
            defaultValue = "40",
            converter = AtLeastOne.class,
            description = "The number of steps between refreshes of the masks.")
    private int refreshEvery;

    @Option(
            names = "--warm-up",
            paramLabel = "<steps>",
            defaultValue = "0",
            converter = NotNegative.class,
            description = "The number of steps without masks at the start.")
    private int warmUp;

    @Option(
            names = "--dense-finish",
            paramLabel = "<steps>",
            defaultValue = "0",
            converter = NotNegative.class,
            description =
                    "The number of steps without masks at the end. The trained model is dense"
                            + " then.")
    private int denseFinish;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    ScheduleOptions() {}

    int getRefreshEvery() {
        return refreshEvery;
    }

    int getWarmUp() {
        return warmUp;
    }

    int getDenseFinish() {
        return denseFinish;
    }

    /** Throws unless some of the steps have masks. */
    void check(int steps) {
        if ((long) warmUp + denseFinish >= steps) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--warm-up "
                            + warmUp
                            + ", --dense-finish "
                            + denseFinish
                            + ": must leave at least one of "
                            + steps
                            + " steps for masks");
        }
    }

    /** The schedule for so many steps. */
    MaskSchedule schedule(int steps) {
        return MaskedSteps.of(MaskSchedule.every(refreshEvery), warmUp, denseFinish, steps);
    }

    /** What differs from masks in all steps, for titles; empty if nothing does. */
    String describe() {
        return (warmUp == 0 ? "" : ", warm-up " + warmUp)
                + (denseFinish == 0 ? "" : ", dense finish " + denseFinish);
    }
}
