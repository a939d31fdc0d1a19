package org.djlsparse.embedder;

import ai.djl.Model;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import ai.djl.util.Pair;

import org.djlsparse.Sparsifier;
import org.djlsparse.convert.AdaPrune;
import org.djlsparse.convert.MaskScore;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.Distillation;
import org.djlsparse.training.DistillationMatch;
import org.djlsparse.training.MaskSchedule;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives a sentence encoder a transposable N:M pattern. All weights of its attention and its
 * feed-forward networks get masks; the tables of words and positions and the norms stay dense.
 *
 * @param pattern the pattern
 * @param tokenizer the tokenizer, which pads
 * @param sentences sentences without labels
 * @param seed the seed of the order of the batches
 */
record Compression(
        NmPattern pattern, HuggingFaceTokenizer tokenizer, List<String> sentences, long seed) {

    private static final int BATCH = 32;
    private static final int CALIBRATION = 2048;

    /** Four times AdaPrune's default, so that layers are fitted to more of the sentences. */
    private static final int POSITIONS_PER_INPUT = 32;

    /** As many tokens as BERT's training hides (Devlin et al. 2019). */
    private static final double REPLACED = 0.15;

    /**
     * Converts an encoder with AdaPrune: masks, and kept weights that make up for the pruned ones.
     *
     * @param encoder the dense encoder, which is converted in place
     */
    void adaPrune(Block encoder) throws TranslateException, IOException {
        List<String> samples = sentences.subList(0, Math.min(CALIBRATION, sentences.size()));
        int steps = (samples.size() + BATCH - 1) / BATCH;
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            List<NDList> inputs = new ArrayList<>();
            for (Batch batch : newBatches(samples, steps).getData(manager)) {
                inputs.add(batch.getData());
            }
            AdaPrune.builder()
                    .setPattern(pattern)
                    .optScore(MaskScore.OBS)
                    .optSamples(CALIBRATION)
                    .optPositionsPerInput(POSITIONS_PER_INPUT)
                    .build()
                    .convert(encoder, inputs);
        }
    }

    /**
     * Trains a masked encoder to repeat the outputs of the dense one, with masks that stay.
     *
     * @param model the model of the encoder; zeros that it has in the pattern stay zeros
     * @param teacher the dense encoder
     * @param steps the number of batches
     * @param learningRate Adam's largest learning rate, from which a cosine leads to zero
     */
    void distil(Model model, Block teacher, int steps, float learningRate)
            throws TranslateException, IOException {
        freezeEmbeddings(model.getBlock());
        Sparsifier sparsifier =
                Sparsifier.builder().setPattern(pattern).optSchedule(MaskSchedule.once()).build();
        model.setBlock(sparsifier.wrap(model.getBlock()));
        Distillation distillation =
                Distillation.builder()
                        .setTeacher(teacher)
                        .optMatch(DistillationMatch.SQUARED_ERROR)
                        .build();
        Tracker rate =
                Tracker.cosine()
                        .setBaseValue(learningRate)
                        .optFinalValue(0)
                        .setMaxUpdates(steps)
                        .build();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(distillation.newLoss())
                        .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build())
                        .addTrainingListeners(sparsifier.newListener());
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(new Shape(1, 1), new Shape(1, 1));
            Dataset batches = new ReplacedWords(newBatches(sentences, steps), REPLACED, seed);
            EasyTrain.fit(trainer, 1, distillation.dataset(batches), null);
        }
        model.setBlock(sparsifier.unwrap(model.getBlock()));
    }

    private SentenceBatches newBatches(List<String> texts, int steps) {
        return new SentenceBatches(tokenizer, texts, BATCH, steps, seed);
    }

    /** Spares the tables half of the step's time: few of their rows would be trained. */
    private static void freezeEmbeddings(Block encoder) {
        for (Pair<String, Parameter> pair : encoder.getParameters()) {
            if (pair.getKey().endsWith("_embedding")) {
                pair.getValue().freeze(true);
            }
        }
    }
}
