package org.djlsparse.cli.command;

import org.djlsparse.cli.run.MaskedSteps;
import org.djlsparse.training.MaskSchedule;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of the mask schedule. */
final class ScheduleOptions {

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--refresh-every",
            paramLabel = "<steps>",
            defaultValue = "40",
            converter = NumberConverter.AtLeastOne.class,
            description = "The number of steps between refreshes of the masks.")
    private int refreshEvery;

    @Option(
            names = "--warm-up",
            paramLabel = "<steps>",
            defaultValue = "0",
            converter = NumberConverter.NotNegative.class,
            description = "The number of steps without masks at the start.")
    private int warmUp;

    @Option(
            names = "--dense-finish",
            paramLabel = "<steps>",
            defaultValue = "0",
            converter = NumberConverter.NotNegative.class,
            description =
                    "The number of steps without masks at the end; with at least one, the trained"
                            + " model is dense.")
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

    /** Throws unless at least one of the steps has masks. */
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

    /** Returns the schedule of a run. */
    MaskSchedule schedule(int steps) {
        return MaskedSteps.of(MaskSchedule.every(refreshEvery), warmUp, denseFinish, steps);
    }

    /** Returns the steps without masks in words, for titles; empty if all steps have masks. */
    String describe() {
        return (warmUp == 0 ? "" : ", warm-up " + warmUp)
                + (denseFinish == 0 ? "" : ", dense finish " + denseFinish);
    }
}
