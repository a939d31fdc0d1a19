package org.djlsparse.cli.run;

import ai.djl.TrainingDivergedException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.util.Progress;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Records the training loss of each step and reports it as progress. */
final class LossRecorder extends TrainingListenerAdapter {

    private final @Nullable Progress progress;
    private final List<Double> losses = new ArrayList<>();

    LossRecorder(@Nullable Progress progress) {
        this.progress = progress;
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        double sum = 0;
        Map<?, NDList> predictions = batchData.getPredictions();
        for (Map.Entry<?, NDList> entry : predictions.entrySet()) {
            NDList labels = batchData.getLabels().get(entry.getKey());
            try (NDArray loss = trainer.getLoss().evaluate(labels, entry.getValue())) {
                sum += loss.getFloat();
            }
        }
        double loss = sum / predictions.size();
        losses.add(loss);
        if (!Double.isFinite(loss)) {
            throw new TrainingDivergedException(
                    "training diverged: the loss of step " + losses.size() + " is " + loss);
        }
        if (progress != null) {
            progress.update(losses.size(), String.format(Locale.ROOT, "loss %.3f", loss));
        }
    }

    List<Double> getLosses() {
        return losses;
    }
}
