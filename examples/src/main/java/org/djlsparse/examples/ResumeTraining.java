package org.djlsparse.examples;

import ai.djl.Model;
import ai.djl.ModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.djlsparse.SparsityReport;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Stops a run after three epochs and resumes it. The program saves the weights, the masks with
 * their place in the schedule, and Adam's moments. The resumed run therefore ends with the same
 * bits as a run without an interruption; a run that is resumed from the weights alone does not.
 */
public final class ResumeTraining {

    private static final Path FOLDER = Path.of("target", "resume-training");
    private static final Path STATE = FOLDER.resolve("state.safetensors");

    private ResumeTraining() {}

    /**
     * Trains without and with an interruption, and compares.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException, ModelException, TranslateException {
        Files.createDirectories(FOLDER);
        List<float[]> whole = train(0, 6, false, false);
        train(0, 3, false, false);
        List<float[]> resumed = train(3, 6, true, true);
        train(0, 3, false, false);
        List<float[]> weightsAlone = train(3, 6, true, false);
        System.out.println("largest difference from the run without an interruption");
        System.out.println("resumed with weights and state: " + difference(whole, resumed));
        System.out.println("resumed with weights alone:     " + difference(whole, weightsAlone));
    }

    private static float difference(List<float[]> expected, List<float[]> actual) {
        float largest = 0;
        for (int i = 0; i < expected.size(); i++) {
            for (int j = 0; j < expected.get(i).length; j++) {
                largest = Math.max(largest, Math.abs(expected.get(i)[j] - actual.get(i)[j]));
            }
        }
        return largest;
    }

    /** Trains some epochs, optionally from the saved files, saves, and returns the parameters. */
    private static List<float[]> train(int from, int to, boolean loadWeights, boolean loadState)
            throws IOException, ModelException, TranslateException {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSchedule(MaskSchedule.every(15))
                        .build();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                        .optOptimizer(Optimizer.adam().build());
        config.addTrainingListeners(sparsifier.newListener());
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("model")) {
            model.setBlock(
                    sparsifier.wrap(
                            new SequentialBlock()
                                    .add(Linear.builder().setUnits(128).build())
                                    .add(Activation.reluBlock())
                                    .add(Dropout.builder().optRate(0.2f).build())
                                    .add(Linear.builder().setUnits(10).build())));
            if (loadWeights) {
                model.load(FOLDER, "model");
            }
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 64));
                if (loadState) {
                    sparsifier.load(STATE, config.getOptimizer());
                }
                ArrayDataset data = newDataset(trainer.getManager());
                for (int epoch = from; epoch < to; epoch++) {
                    // Order of the batches and dropout: each epoch draws the same numbers in all
                    // runs.
                    Engine.getInstance().setRandomSeed(100 + epoch);
                    EasyTrain.fit(trainer, 1, data, null);
                }
                SparsityReport report = sparsifier.report();
                System.out.printf(
                        "epochs %d to %d: %d steps, %d refreshes%n",
                        from, to - 1, report.step(), report.refreshes());
                model.save(FOLDER, "model");
                sparsifier.save(STATE, config.getOptimizer());
            }
            List<float[]> parameters = new ArrayList<>();
            model.getBlock()
                    .getParameters()
                    .values()
                    .forEach(parameter -> parameters.add(parameter.getArray().toFloatArray()));
            return parameters;
        }
    }

    /** Makes random points, each of the class that a random matrix gives it. */
    private static ArrayDataset newDataset(NDManager manager) {
        Engine.getInstance().setRandomSeed(2);
        NDArray points = manager.randomNormal(new Shape(1000, 64));
        NDArray matrix = manager.randomNormal(new Shape(64, 10));
        return new ArrayDataset.Builder()
                .setData(points)
                .optLabels(points.matMul(matrix).argMax(1))
                .setSampling(50, true)
                .build();
    }
}
