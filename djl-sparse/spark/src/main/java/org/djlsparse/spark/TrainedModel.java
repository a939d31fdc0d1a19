package org.djlsparse.spark;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.util.Pair;

import org.djlsparse.ModelWeights;
import org.djlsparse.Sparsifier;
import org.djlsparse.training.LayerRefresh;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A model with its trainer and its Sparsifier, and the way of a {@link RoundState} into it and out
 * of it.
 */
final class TrainedModel implements AutoCloseable {

    private final Sparsifier sparsifier;
    private final Optimizer optimizer;
    private final Model model;
    private final Trainer trainer;
    private @Nullable RoundState state; // that was last read or set

    private TrainedModel(Sparsifier sparsifier, Optimizer optimizer, Model model, Trainer trainer)
            throws IOException {
        this.sparsifier = sparsifier;
        this.optimizer = optimizer;
        this.model = model;
        this.trainer = trainer;
    }

    /**
     * Creates an initialized model.
     *
     * @throws IllegalArgumentException if a parameter is not of 32-bit floats, or the optimizer has
     *     state that cannot be saved
     */
    static TrainedModel create(ModelFactory factory, Sparsifier sparsifier, int seed)
            throws Exception {
        Engine.getInstance().setRandomSeed(seed);
        ModelSetup setup = factory.newModel();
        Model model = Model.newInstance("spark");
        Trainer trainer = null;
        try {
            model.setBlock(sparsifier.wrap(setup.block()));
            DefaultTrainingConfig config = setup.config();
            config.addTrainingListeners(sparsifier.newListener());
            trainer = model.newTrainer(config);
            trainer.initialize(setup.inputShapes().toArray(Shape[]::new));
            checkTypes(model);
            return new TrainedModel(sparsifier, config.getOptimizer(), model, trainer);
        } catch (Exception | Error e) {
            if (trainer != null) {
                trainer.close();
            }
            model.close();
            throw e;
        }
    }

    private static void checkTypes(Model model) {
        for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
            DataType type = pair.getValue().getArray().getDataType();
            if (type != DataType.FLOAT32) {
                throw new IllegalArgumentException(
                        "parameter \""
                                + pair.getKey()
                                + "\" is of type "
                                + type
                                + ": must be float32, the only type that is averaged");
            }
        }
    }

    Model getModel() {
        return model;
    }

    Trainer getTrainer() {
        return trainer;
    }

    Sparsifier getSparsifier() {
        return sparsifier;
    }

    /** Returns the names of the parameters that are trained. */
    Set<String> getTrainable() {
        return StateFiles.trainable(model.getBlock());
    }

    /** Returns the state that was last read or set, with masks that were refreshed since. */
    RoundState getState() {
        return Objects.requireNonNull(state, "the state is neither read nor set yet");
    }

    /** Reads the whole state from the model. */
    RoundState readState() throws IOException {
        try (LocalFolder folder = LocalFolder.create()) {
            ModelWeights.write(model.getBlock(), folder.resolve(StateFiles.WEIGHTS));
            sparsifier.save(folder.resolve(StateFiles.STATE), optimizer);
            RoundState read = StateFiles.read(model.getBlock(), folder.getPath());
            state = read;
            return read;
        }
    }

    /**
     * Puts a state into the model.
     *
     * @param withOptimizer whether into the optimizer as well
     */
    void setState(RoundState next, boolean withOptimizer) throws IOException {
        try (LocalFolder folder = LocalFolder.create()) {
            Path weights = folder.resolve(StateFiles.WEIGHTS);
            StateFiles.writeWeights(next, model.getBlock(), weights);
            ModelWeights.read(model.getBlock(), weights);
            Path masks = folder.resolve(StateFiles.STATE);
            StateFiles.writeState(next, withOptimizer, masks);
            if (withOptimizer) {
                sparsifier.load(masks, optimizer);
            } else {
                sparsifier.load(masks);
            }
        }
        state = next;
    }

    /** Computes new masks, to use or only to count flips. */
    List<LayerRefresh> refresh(boolean use) throws IOException {
        List<LayerRefresh> records = use ? sparsifier.refresh() : sparsifier.watch();
        try (LocalFolder folder = LocalFolder.create()) {
            Path path = folder.resolve(StateFiles.STATE);
            sparsifier.save(path);
            state = getState().withMasksOf(StateFiles.readState(path, List.of()));
        }
        return records;
    }

    /** Writes the state to two files. */
    void save(Path folder) throws IOException {
        ModelWeights.write(model.getBlock(), folder.resolve(StateFiles.WEIGHTS));
        StateFiles.writeState(getState(), true, folder.resolve(StateFiles.STATE));
    }

    Optimizer getOptimizer() {
        return optimizer;
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }
}
