package org.djlsparse.spark.cli;

import org.djlsparse.cli.command.NumberConverter;
import org.djlsparse.spark.Exchange;
import org.djlsparse.spark.OuterOptimizer;
import org.djlsparse.spark.SparkTraining;
import org.djlsparse.training.MaskAction;
import org.djlsparse.training.MaskSchedule;
import org.djlsparse.training.TrainingPoint;
import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of the rounds: tasks, local steps, outer optimizer, exchange and checkpoints. */
final class RoundOptions {

    private static final int LOCAL_STEPS = 40;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--tasks",
            paramLabel = "<tasks>",
            defaultValue = "2",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of models that are trained at the same time, each on its share of"
                            + " the data. An executor's JVM trains one at a time.")
    private int tasks;

    @Option(
            names = "--local-steps",
            paramLabel = "<steps>",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of steps of a round, after which the models are averaged. By"
                        + " default the recipe's first interval between refreshes, or 40 if it has"
                        + " none.")
    private @Nullable Integer localSteps;

    @Option(
            names = "--outer",
            paramLabel = "<outer>",
            defaultValue = "average",
            description =
                    "How the driver moves the weights at the end of a round:"
                            + " ${COMPLETION-CANDIDATES}.")
    private OuterName outer;

    @Option(
            names = "--outer-rate",
            paramLabel = "<rate>",
            converter = NumberConverter.AboveZero.class,
            description = "The learning rate of --outer nesterov, 0.7 by default.")
    private @Nullable Float outerRate;

    @Option(
            names = "--outer-momentum",
            paramLabel = "<momentum>",
            converter = NumberConverter.BelowOne.class,
            description = "The momentum of --outer nesterov, 0.9 by default.")
    private @Nullable Float outerMomentum;

    @Option(
            names = "--exchange",
            paramLabel = "<exchange>",
            defaultValue = "auto",
            description =
                    "What driver and tasks send each other: auto for kept entries only, where"
                            + " that gives the same bits, or all. It does not change the result.")
    private Exchange exchange;

    @Option(
            names = "--checkpoints",
            paramLabel = "DIR",
            description =
                    "Write checkpoints to this folder, and continue from the latest one there; a"
                            + " path of Hadoop's default file system, or a URI such as"
                            + " hdfs:///run7.")
    private @Nullable String checkpoints;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "<rounds>",
            converter = NumberConverter.AtLeastOne.class,
            description =
                    "The number of rounds from checkpoint to checkpoint, 1 by default. Only with"
                            + " --checkpoints.")
    private @Nullable Integer checkpointEvery;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    RoundOptions() {}

    int getTasks() {
        return tasks;
    }

    /** Returns the number of steps of a round. */
    int localSteps(MaskSchedule refreshes, int steps) {
        return localSteps == null ? Math.min(steps, interval(refreshes, steps)) : localSteps;
    }

    /** Schedules do not tell their interval, so this looks for the second refresh. */
    private static int interval(MaskSchedule refreshes, int steps) {
        for (int step = 1; step < steps; step++) {
            if (refreshes.at(new TrainingPoint(step, 0, step)) == MaskAction.REFRESH) {
                return step;
            }
        }
        return LOCAL_STEPS;
    }

    /** Throws if options need others. */
    void check() {
        if (checkpointEvery != null && checkpoints == null) {
            throw wrong("--checkpoint-every " + checkpointEvery + ": needs --checkpoints");
        }
        if (outer != OuterName.NESTEROV && outerRate != null) {
            throw wrong("--outer-rate " + outerRate + ": needs --outer nesterov");
        }
        if (outer != OuterName.NESTEROV && outerMomentum != null) {
            throw wrong("--outer-momentum " + outerMomentum + ": needs --outer nesterov");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Sets what the options say, except for the steps. */
    void apply(SparkTraining.Builder builder) {
        builder.setTasks(tasks)
                .optExchange(exchange)
                .optOuterOptimizer(
                        outer == OuterName.AVERAGE
                                ? OuterOptimizer.average()
                                : OuterOptimizer.nesterov(
                                        outerRate == null ? 0.7f : outerRate,
                                        outerMomentum == null ? 0.9f : outerMomentum));
        if (checkpoints != null) {
            builder.optCheckpoints(checkpoints, checkpointEvery == null ? 1 : checkpointEvery);
        }
    }
}
