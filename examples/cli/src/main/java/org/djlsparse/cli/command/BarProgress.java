package org.djlsparse.cli.command;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import org.djlsparse.cli.run.Progress;
import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** Draws a progress bar on the terminal, through stderr. */
final class BarProgress implements Progress {

    private @Nullable ProgressBar bar;

    @Override
    public void begin(String run, int steps) {
        bar =
                new ProgressBarBuilder()
                        .setTaskName(run)
                        .setInitialMax(steps)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUnit(" steps", 1)
                        .setUpdateIntervalMillis(250)
                        .continuousUpdate()
                        .build();
    }

    @Override
    public void step(int step, double loss) {
        if (bar != null) {
            bar.stepTo(step);
            bar.setExtraMessage(String.format(Locale.ROOT, "loss %.3f", loss));
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
