package org.djlsparse.spark;

import ai.djl.Model;
import ai.djl.training.Trainer;

import org.djlsparse.Sparsifier;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The trained model, on the driver. Its block is still wrapped: {@code
 * result.getSparsifier().unwrap(result.getModel().getBlock())} gives the plain block with zeros.
 */
public final class TrainingResult implements AutoCloseable {

    private final TrainedModel trained;
    private final List<RoundReport> reports;

    TrainingResult(TrainedModel trained, List<RoundReport> reports) {
        this.trained = trained;
        this.reports = List.copyOf(reports);
    }

    /**
     * Returns the model.
     *
     * @return the model, which {@link #close} closes
     */
    public Model getModel() {
        return trained.getModel();
    }

    /**
     * Returns the trainer, to evaluate the model or to train on without Spark. Its optimizer has
     * the state of the training's end.
     *
     * @return the trainer, which {@link #close} closes
     */
    public Trainer getTrainer() {
        return trained.getTrainer();
    }

    /**
     * Returns the Sparsifier that holds the masks.
     *
     * @return the Sparsifier; of a dense training, one whose schedule is {@code MaskSchedule.off()}
     */
    public Sparsifier getSparsifier() {
        return trained.getSparsifier();
    }

    /**
     * Returns the reports of the rounds.
     *
     * @return the reports, oldest first; without the rounds before a resumed training
     */
    public List<RoundReport> getReports() {
        return reports;
    }

    /**
     * Writes the weights to {@code model.safetensors} and the masks, the position in the schedule
     * and the optimizer's state to {@code state.safetensors}, for {@code ModelWeights.read} and
     * {@code Sparsifier.load}.
     *
     * @param folder the folder, which must exist; older files are replaced
     * @throws IOException if a file cannot be written
     */
    public void save(Path folder) throws IOException {
        trained.save(folder);
    }

    /** Closes the trainer and the model. */
    @Override
    public void close() {
        trained.close();
    }
}
