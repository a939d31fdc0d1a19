package org.djlsparse.cli.command;

import ai.djl.util.Progress;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;

/** Prints a line every ten seconds, for logs. */
final class LineProgress implements Progress {

    private static final long NANOS_BETWEEN = 10_000_000_000L;

    private final PrintWriter out;
    private String run = "";
    private long steps;
    private long step;
    private long last;

    LineProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void reset(String message, long max, @Nullable String trailingMessage) {
        run = message;
        steps = max;
        last = System.nanoTime();
    }

    @Override
    public void start(long initialProgress) {
        step = initialProgress;
    }

    @Override
    public void increment(long increment) {
        update(step + increment);
    }

    @Override
    public void update(long progress, @Nullable String additionalMessage) {
        step = progress;
        long now = System.nanoTime();
        if (now - last >= NANOS_BETWEEN) {
            last = now;
            out.println(
                    run
                            + ": step "
                            + step
                            + " of "
                            + steps
                            + (additionalMessage == null ? "" : ", " + additionalMessage));
            out.flush();
        }
    }

    @Override
    public void end() {}
}
