package org.djlsparse.cli.command;

import org.djlsparse.cli.run.Progress;

import java.io.PrintWriter;
import java.util.function.Consumer;

/** Chooses how the user sees a run go on. */
final class ProgressDisplay {

    private ProgressDisplay() {}

    /** Returns a bar on a terminal, lines elsewhere, and nothing where a program reads. */
    @SuppressWarnings("SystemConsoleNull") // the launcher asks newer JDKs for the old way
    static Progress of(boolean json, PrintWriter err) {
        if (json) {
            return Progress.SILENT;
        }
        return System.console() == null ? new LineProgress(err) : new BarProgress();
    }

    /** Prints a line for each stage of a run, and nothing where a program reads. */
    static Consumer<String> lines(boolean json, PrintWriter err) {
        return json
                ? stage -> {}
                : stage -> {
                    err.println(stage);
                    err.flush();
                };
    }
}
