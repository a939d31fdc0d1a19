package org.djlsparse.cli.convert;

import ai.djl.nn.Block;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;

import org.djlsparse.cli.run.Score;
import org.djlsparse.cli.run.SeededBatches;
import org.djlsparse.cli.run.Validation;
import org.djlsparse.cli.task.Task;
import org.djlsparse.convert.AdaPruneReport;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Converts a task's trained model and measures it before and after. */
public final class Conversion {

    private final Task task;
    private final int seed;

    /**
     * Creates a conversion.
     *
     * @param task the task of the model; the samples are drawn from its training data
     * @param seed the seed of the samples
     */
    public Conversion(Task task, int seed) {
        this.task = task;
        this.seed = seed;
    }

    /**
     * Converts a model.
     *
     * @param block the trained model, which is changed
     * @param settings the settings
     * @param progress shows the progress; null to show none
     * @return the outcome
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     */
    public ConversionResult run(
            Block block, ConversionSettings settings, @Nullable Progress progress)
            throws IOException, TranslateException {
        Score before = measure(block);
        AdaPruneReport report = convert(block, settings, progress);
        return new ConversionResult(settings, before, measure(block), report);
    }

    /**
     * Converts a model without measuring it.
     *
     * @param block the trained model, which is changed
     * @param settings the settings
     * @param progress shows the progress; null to show none
     * @return the outcome
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     */
    AdaPruneReport convert(Block block, ConversionSettings settings, @Nullable Progress progress)
            throws IOException, TranslateException {
        SeededBatches samples = SeededBatches.sample(task, settings.samples(), seed);
        return settings.newAdaPrune(progress).convert(block, samples);
    }

    /**
     * Measures a model on the task's validation set.
     *
     * @param block the model
     * @return its score
     * @throws IOException if data cannot be read
     * @throws TranslateException if data cannot be processed
     */
    Score measure(Block block) throws IOException, TranslateException {
        return Validation.measure(block, task);
    }
}
