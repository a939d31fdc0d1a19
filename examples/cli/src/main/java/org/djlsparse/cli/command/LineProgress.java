package org.djlsparse.cli.command;

import org.djlsparse.cli.run.Progress;

import java.io.PrintWriter;
import java.util.Locale;

/** Prints a line now and then, for logs. */
final class LineProgress implements Progress {

    private static final long NANOS_BETWEEN = 10_000_000_000L;

    private final PrintWriter out;
    private String run = "";
    private int steps;
    private long last;

    LineProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void begin(String run, int steps) {
        this.run = run;
        this.steps = steps;
        last = System.nanoTime();
    }

    @Override
    public void step(int step, double loss) {
        long now = System.nanoTime();
        if (now - last >= NANOS_BETWEEN) {
            last = now;
            out.printf(Locale.ROOT, "%s: step %d of %d, loss %.3f%n", run, step, steps, loss);
            out.flush();
        }
    }

    @Override
    public void end() {}
}
