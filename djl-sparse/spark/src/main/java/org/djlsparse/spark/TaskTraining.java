package org.djlsparse.spark;

import ai.djl.TrainingDivergedException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener;

import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.djlsparse.Sparsifier;
import org.djlsparse.torch.TorchThreads;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** The training of one task in one round: H steps from the round's state on. */
final class TaskTraining {

    private static final String PYTORCH = "PyTorch";

    private final TaskRecipe recipe;
    private final TrainingTask task;
    private final TaskContext context;
    private double lossSum;
    private long examples;

    TaskTraining(TaskRecipe recipe, TrainingTask task, TaskContext context) {
        this.recipe = recipe;
        this.task = task;
        this.context = context;
    }

    /** An error that would come again. */
    static final class FailedException extends Exception {

        private static final long serialVersionUID = 1;

        private final boolean diverged;

        FailedException(String message, boolean diverged) {
            super(message);
            this.diverged = diverged;
        }

        TaskFailure toFailure(int task) {
            return new TaskFailure(task, String.valueOf(getMessage()), diverged);
        }
    }

    /** Returns the mean loss of the steps. */
    double getLoss() {
        return lossSum / task.steps();
    }

    long getExamples() {
        return examples;
    }

    /**
     * Trains.
     *
     * @throws FailedException if a repetition would not help
     */
    RoundState run(RoundState start) throws Exception {
        if (!Engine.getDefaultEngineName().equals(PYTORCH)) {
            return train(start);
        }
        int before = TorchThreads.getCount();
        TorchThreads.setCount(recipe.threads == 0 ? context.cpus() : recipe.threads);
        try {
            return train(start);
        } finally {
            TorchThreads.setCount(before);
        }
    }

    private RoundState train(RoundState start) throws Exception {
        Sparsifier sparsifier =
                recipe.sparsifier
                        .newBuilder()
                        .optSchedule(
                                RoundPlan.forTasks(
                                        recipe.sparsifier.newBuilder().build().getSchedule()))
                        .build();
        int seed = Seeds.ofTask(task);
        try (TrainedModel model = TrainedModel.create(recipe.model, sparsifier, seed)) {
            model.setState(start, true);
            Trainer trainer = model.getTrainer();
            // Again, because the model's creation has used random numbers.
            trainer.getManager().getEngine().setRandomSeed(seed);
            try (NDManager manager = trainer.getManager().newSubManager()) {
                steps(trainer, recipe.data.newDataset(manager, task));
            } catch (TrainingDivergedException e) {
                throw new FailedException(String.valueOf(e.getMessage()), true);
            } catch (DistributedSampler.TooFewExamplesException e) {
                throw new FailedException(String.valueOf(e.getMessage()), false);
            }
            RoundState end = model.readState();
            checkFinite(end);
            checkMasks(start, end);
            return end;
        }
    }

    private void steps(Trainer trainer, Dataset data) throws Exception {
        int step = 0;
        while (step < task.steps()) {
            Iterator<Batch> batches = trainer.iterateDataset(data).iterator();
            if (!batches.hasNext()) {
                throw new FailedException("no batch: the data set is empty", false);
            }
            for (; step < task.steps() && batches.hasNext(); step++) {
                if (context.isInterrupted()) {
                    throw new TaskKilledException("another attempt was faster");
                }
                try (Batch batch = batches.next()) {
                    step(trainer, batch);
                    trainer.step();
                }
            }
        }
    }

    /** Does what EasyTrain.trainBatch does, which keeps the loss for itself. */
    private void step(Trainer trainer, Batch batch) {
        TrainingListener.BatchData data =
                new TrainingListener.BatchData(
                        batch, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
        Batch[] splits = batch.split(trainer.getDevices(), false);
        double sum = 0;
        try (GradientCollector collector = trainer.newGradientCollector()) {
            for (Batch split : splits) {
                NDList labels = split.getLabels();
                NDList predictions = trainer.forward(split.getData(), labels);
                NDArray loss = trainer.getLoss().evaluate(labels, predictions);
                collector.backward(loss);
                sum += loss.getFloat();
                data.getLabels().put(labels.get(0).getDevice(), labels);
                data.getPredictions().put(predictions.get(0).getDevice(), predictions);
            }
        }
        trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, data));
        lossSum += sum / splits.length;
        examples += batch.getSize();
    }

    private void checkFinite(RoundState end) throws FailedException {
        for (List<FloatTensor> tensors : List.of(end.getWeights(), end.getOptimizer())) {
            for (FloatTensor tensor : tensors) {
                int index = tensor.firstNotFinite();
                if (index >= 0) {
                    throw new FailedException(
                            "after step "
                                    + end.getStep()
                                    + ", \""
                                    + tensor.getName()
                                    + "\" is not finite: "
                                    + tensor.getValues()[index]
                                    + " at index "
                                    + index
                                    + "; mean loss "
                                    + getLoss(),
                            true);
                }
            }
        }
    }

    /** Checks that no mask has changed, so that the driver need not get them back. */
    private static void checkMasks(RoundState start, RoundState end) throws FailedException {
        List<MaskBits> before = start.getMasks();
        List<MaskBits> after = end.getMasks();
        boolean same = before.size() == after.size();
        for (int i = 0; same && i < before.size(); i++) {
            same = before.get(i).isSameAs(after.get(i));
        }
        if (!same) {
            throw new FailedException(
                    "its masks have changed, but only the driver may refresh them", false);
        }
    }
}
