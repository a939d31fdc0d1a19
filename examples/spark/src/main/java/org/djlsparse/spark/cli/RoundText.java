package org.djlsparse.spark.cli;

import org.djlsparse.cli.report.Text;
import org.djlsparse.spark.RoundReport;

/** The figures of a round, for people. */
final class RoundText {

    private RoundText() {}

    /** Returns one line; bytes are those of one task. */
    static String of(RoundReport round, int rounds) {
        int tasks = round.losses().size();
        return Text.format(
                "round %d of %d: step %d, loss %.4f, %.2f s, %.1f%% of it not training, %s sent and"
                        + " %s returned by a task",
                round.round() + 1,
                rounds,
                round.step(),
                round.getLoss(),
                round.seconds(),
                100 * notTraining(round),
                megabytes(round.sentBytes(), tasks),
                megabytes(round.returnedBytes(), tasks));
    }

    /** Returns the share of a round in which the slowest task does not train. */
    static double notTraining(RoundReport round) {
        return 1 - round.trainingSeconds() / round.seconds();
    }

    private static String megabytes(long bytes, int tasks) {
        return Text.format("%.2f MB", 1e-6 * bytes / tasks);
    }
}
