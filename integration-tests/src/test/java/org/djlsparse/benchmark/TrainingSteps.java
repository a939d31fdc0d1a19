package org.djlsparse.benchmark;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Iterator;

/** A model in training, one step at a time. */
final class TrainingSteps implements AutoCloseable {

    private final Model model;
    private final Trainer trainer;
    private final RandomAccessDataset data;
    private Iterator<Batch> batches = Collections.emptyIterator();

    TrainingSteps(BenchmarkModel kind, @Nullable Sparsifier sparsifier) {
        Engine.getInstance().setRandomSeed(1);
        model = Model.newInstance("model");
        Block block = kind.newBlock();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss("loss", 1, -1, true, true))
                        .optOptimizer(Optimizer.adam().build());
        if (sparsifier == null) {
            model.setBlock(block);
        } else {
            model.setBlock(sparsifier.wrap(block));
            config.addTrainingListeners(sparsifier.newListener());
        }
        data = kind.newDataset(model.getNDManager());
        trainer = model.newTrainer(config);
        trainer.initialize(kind.getInputShape());
    }

    /** Trains one step and returns its time in nanoseconds, without the time of reading data. */
    long step() {
        try (Batch batch = nextBatch()) {
            long start = System.nanoTime();
            EasyTrain.trainBatch(trainer, batch);
            trainer.step();
            return System.nanoTime() - start;
        }
    }

    private Batch nextBatch() {
        try {
            if (!batches.hasNext()) {
                batches = trainer.iterateDataset(data).iterator();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (TranslateException e) {
            throw new IllegalStateException(e);
        }
        return batches.next();
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }
}
