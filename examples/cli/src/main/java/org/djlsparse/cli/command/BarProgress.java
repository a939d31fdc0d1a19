package org.djlsparse.cli.command;

import ai.djl.util.Progress;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import org.jspecify.annotations.Nullable;

/** Draws a progress bar on the terminal, through stderr. */
final class BarProgress implements Progress {

    private @Nullable ProgressBar bar;

    @Override
    public void reset(String message, long max, @Nullable String trailingMessage) {
        end();
        bar =
                new ProgressBarBuilder()
                        .setTaskName(message)
                        .setInitialMax(max)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUnit(" steps", 1)
                        .setUpdateIntervalMillis(250)
                        .continuousUpdate()
                        .build();
    }

    @Override
    public void start(long initialProgress) {
        update(initialProgress);
    }

    @Override
    public void increment(long increment) {
        if (bar != null) {
            bar.stepBy(increment);
        }
    }

    @Override
    public void update(long progress, @Nullable String additionalMessage) {
        if (bar != null) {
            bar.stepTo(progress);
            if (additionalMessage != null) {
                bar.setExtraMessage(additionalMessage);
            }
        }
    }

    @Override
    public void end() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
