package org.djlsparse.examples;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.LayerRefresh;
import org.djlsparse.training.MaskSchedule;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Trains a transformer to sort the letters of words. The feed-forward layers get 2:4 masks; the
 * attention and the output layer stay dense. Masks are refreshed at growing intervals, and the
 * history shows how much of a mask each refresh changed.
 */
public final class TrainTransformer {

    private static final int LENGTH = 8;
    private static final int LETTERS = 26;

    private TrainTransformer() {}

    /**
     * Trains the transformer.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException, TranslateException {
        Engine.getInstance().setRandomSeed(1);
        // An id stands for a letter and its position, so that no table of positions is needed.
        Block block =
                new SequentialBlock()
                        .add(
                                new IdEmbedding.Builder()
                                        .setDictionarySize(LENGTH * LETTERS)
                                        .setEmbeddingSize(64)
                                        .build())
                        .add(new TransformerEncoderBlock(64, 4, 256, 0f, Activation::gelu))
                        .add(new TransformerEncoderBlock(64, 4, 256, 0f, Activation::gelu))
                        .add(Linear.builder().setUnits(LETTERS).build());
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optLayers(LayerSelector.matching(".*outputBlock.*"))
                        // Pruned weights go on learning, and a small decay draws them to zero.
                        .optRule(GradientRule.maskedDecay(1e-3f))
                        .optSchedule(MaskSchedule.growing(10, 2, 80).warmUp(20).keepFrom(500))
                        .build();
        try (Model model = Model.newInstance("sorter")) {
            model.setBlock(sparsifier.wrap(block));
            Tracker rate =
                    Tracker.cosine()
                            .setBaseValue(3e-3f)
                            .optFinalValue(1e-5f)
                            .setMaxUpdates(600) // five epochs of 120 batches
                            .build();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build());
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, LENGTH));
                NDList words = newWords(trainer.getManager(), 6000, 1);
                ArrayDataset data =
                        new ArrayDataset.Builder()
                                .setData(words.get(0))
                                .optLabels(words.get(1))
                                .setSampling(50, true)
                                .build();
                EasyTrain.fit(trainer, 5, data, null);
            }
            System.out.println(sparsifier.report());
            String layer = sparsifier.getMasks().keySet().iterator().next();
            System.out.println("refreshes of " + layer);
            for (LayerRefresh refresh : sparsifier.getHistory()) {
                if (refresh.name().equals(layer)) {
                    System.out.printf(
                            "step %3d: flips %4.1f%%, kept magnitude %.1f%%%n",
                            refresh.step(),
                            100 * refresh.flipRate(),
                            100 * refresh.keptMagnitude());
                }
            }
            model.setBlock(sparsifier.unwrap(model.getBlock()));
            test(model);
        }
    }

    private static void test(Model model) throws TranslateException {
        try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
            NDList words = newWords(model.getNDManager(), 500, 2);
            NDArray found = predictor.predict(new NDList(words.get(0))).head().argMax(-1);
            double right = found.eq(words.get(1).squeeze(-1)).countNonzero().getLong();
            System.out.printf("letters of new words in their place: %.3f%n", right / found.size());
            System.out.println(text(words.get(0).get(0)) + " -> " + text(found.get(0)));
        }
    }

    private static String text(NDArray ids) {
        return Arrays.stream(ids.toLongArray())
                .mapToObj(id -> String.valueOf((char) ('a' + id % LETTERS)))
                .collect(Collectors.joining());
    }

    /** Makes random words and the same words sorted, as ids. */
    private static NDList newWords(NDManager manager, int count, long seed) {
        Random random = new Random(seed);
        long[] ids = new long[count * LENGTH];
        long[] sorted = new long[count * LENGTH];
        for (int i = 0; i < ids.length; i += LENGTH) {
            for (int j = 0; j < LENGTH; j++) {
                sorted[i + j] = random.nextInt(LETTERS);
                ids[i + j] = (long) j * LETTERS + sorted[i + j];
            }
            Arrays.sort(sorted, i, i + LENGTH);
        }
        return new NDList(
                manager.create(ids, new Shape(count, LENGTH)),
                manager.create(sorted, new Shape(count, LENGTH, 1)));
    }
}
