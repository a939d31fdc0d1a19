package org.djlsparse.cli.study;

import org.djlsparse.cli.options.LayerKind;
import org.djlsparse.cli.options.OptimizerName;
import org.djlsparse.cli.options.RateSchedule;
import org.djlsparse.cli.run.Distill;
import org.djlsparse.cli.run.SparseTraining;
import org.djlsparse.cli.task.DataPart;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.Task;
import org.djlsparse.cli.task.TaskName;
import org.djlsparse.cli.task.TrainingSettings;
import org.jspecify.annotations.Nullable;

/**
 * The settings of all runs of a study. The components are the keys of its JSON.
 *
 * @param task the task
 * @param model the model
 * @param depth the model's depth, if the user gave one
 * @param dropout the model's dropout, if the user gave one
 * @param evaluate the data on which models are measured
 * @param steps the number of training steps
 * @param batch the number of examples per step
 * @param optimizer the optimizer
 * @param schedule the course of the learning rate
 * @param learningRate the highest learning rate
 * @param finalRate the last learning rate as a share of the highest
 * @param weightDecay the factor of weight decay
 * @param recipe the recipe of the variants with masks, in words
 * @param layers the layers with masks
 * @param denseFirstLast whether the first and the last of these are left dense
 * @param sampledGradient whether weight gradients are sampled
 * @param distill the weight of distillation; null without
 * @param temperature the temperature of distillation; null without
 * @param trainingExamples the size of the first seed's training data
 * @param evaluationExamples the size of the first seed's data for evaluation
 */
public record StudySettings(
        TaskName task,
        ModelName model,
        @Nullable Integer depth,
        @Nullable Float dropout,
        DataPart evaluate,
        int steps,
        int batch,
        OptimizerName optimizer,
        RateSchedule schedule,
        float learningRate,
        float finalRate,
        float weightDecay,
        String recipe,
        LayerKind layers,
        boolean denseFirstLast,
        boolean sampledGradient,
        @Nullable Float distill,
        @Nullable Float temperature,
        long trainingExamples,
        long evaluationExamples) {

    /**
     * Returns the settings of a study.
     *
     * @param name the task
     * @param task the opened task
     * @param depth the model's depth, if the user gave one
     * @param dropout the model's dropout, if the user gave one
     * @param evaluate the data on which models are measured
     * @param steps the number of training steps
     * @param training recipe and layers
     * @param distill distillation; null without
     * @return the settings
     */
    public static StudySettings of(
            TaskName name,
            Task task,
            @Nullable Integer depth,
            @Nullable Float dropout,
            DataPart evaluate,
            int steps,
            SparseTraining training,
            @Nullable Distill distill) {
        TrainingSettings rates = task.getTraining();
        return new StudySettings(
                name,
                task.getModelName(),
                depth,
                dropout,
                evaluate,
                steps,
                task.getBatchSize(),
                rates.optimizer(),
                rates.schedule(),
                rates.learningRate(),
                rates.finalRate(),
                rates.weightDecay(),
                training.recipe().toString(),
                training.layers(),
                training.denseFirstAndLast(),
                training.sampledGradient(),
                distill == null ? null : distill.weight(),
                distill == null ? null : distill.temperature(),
                task.getTrainingSet().size(),
                task.getValidationSet().size());
    }

    /**
     * Returns the length of a run in passes over the training data.
     *
     * @return the number of epochs
     */
    public double epochs() {
        return (double) steps * batch / trainingExamples;
    }
}
