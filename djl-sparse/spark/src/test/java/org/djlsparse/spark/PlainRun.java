package org.djlsparse.spark;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;

import org.djlsparse.ModelWeights;
import org.djlsparse.Sparsifier;
import org.djlsparse.torch.TorchThreads;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A training with DJL's own trainer. */
final class PlainRun {

    private PlainRun() {}

    /**
     * Trains.
     *
     * @param from the folder of the state from which it starts; null for a new model
     * @param to the folder that takes the state at the end
     */
    static void train(
            ModelFactory factory,
            Sparsifier sparsifier,
            TrainingTask task,
            Path from,
            boolean isNew,
            Path to)
            throws Exception {
        int threads = TorchThreads.getCount();
        TorchThreads.setCount(1);
        Engine.getInstance().setRandomSeed((int) task.seed());
        ModelSetup setup = factory.newModel();
        try (Model model = Model.newInstance("plain")) {
            model.setBlock(sparsifier.wrap(setup.block()));
            setup.config().addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(setup.config())) {
                trainer.initialize(setup.inputShapes().toArray(Shape[]::new));
                if (!isNew) {
                    ModelWeights.read(model.getBlock(), from.resolve("model.safetensors"));
                    sparsifier.load(
                            from.resolve("state.safetensors"), setup.config().getOptimizer());
                }
                for (Batch batch :
                        trainer.iterateDataset(
                                Clusters.DATA.newDataset(trainer.getManager(), task))) {
                    EasyTrain.trainBatch(trainer, batch);
                    trainer.step();
                    batch.close();
                }
                ModelWeights.write(model.getBlock(), to.resolve("model.safetensors"));
                sparsifier.save(to.resolve("state.safetensors"), setup.config().getOptimizer());
            }
        } finally {
            TorchThreads.setCount(threads);
        }
    }

    /** Returns the files of a folder, as hexadecimal digits would be too long to compare. */
    static Map<String, String> files(Path folder) throws Exception {
        Map<String, String> files = new LinkedHashMap<>();
        for (String name : new String[] {"model.safetensors", "state.safetensors"}) {
            byte[] bytes = Files.readAllBytes(folder.resolve(name));
            // The header is text, the rest are floats and masks.
            files.put(name, new String(bytes, StandardCharsets.ISO_8859_1));
        }
        return files;
    }
}
