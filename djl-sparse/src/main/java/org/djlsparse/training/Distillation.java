package org.djlsparse.training;

import ai.djl.nn.Block;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.loss.Loss;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * Distillation: a model learns from the outputs of a trained one, its teacher, beside the labels. A
 * pruned model usually learns from its dense twin (Hinton et al. 2015; Kurtic et al. 2022, "The
 * optimal BERT surgeon", section 3).
 *
 * <p>It consists of a data set that adds the teacher's outputs to each batch's labels, and a loss
 * that reads them. Any DJL trainer takes both, with masks or without:
 *
 * <pre>{@code
 * Distillation distillation = Distillation.builder().setTeacher(teacher).build();
 * config = new DefaultTrainingConfig(distillation.newLoss(Loss.softmaxCrossEntropyLoss()));
 * EasyTrain.fit(trainer, epochs, distillation.dataset(training), validation);
 * }</pre>
 *
 * <p>The loss is {@code (1 - weight) * loss on the labels + weight * distance to the teacher}. On
 * batches without the teacher's outputs, such as those of the validation, it is the loss on the
 * labels alone. A batch costs one prediction of the teacher more.
 */
public final class Distillation {

    private final Block teacher;
    private final float weight;
    private final float temperature;
    private final DistillationMatch match;

    private Distillation(Builder builder, Block teacher) {
        this.teacher = teacher;
        weight = builder.weight;
        temperature = builder.temperature;
        match = builder.match;
    }

    /**
     * Creates a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns a data set whose batches have the teacher's outputs after their own labels. The
     * teacher runs as in prediction, without dropout and outside autograd; if it is on another
     * device than the data, its parameters are copied for each batch.
     *
     * @param dataset the training data
     * @return the data set
     */
    public Dataset dataset(Dataset dataset) {
        return new TeacherDataset(dataset, teacher);
    }

    /**
     * Creates the loss for data with labels.
     *
     * @param labelLoss the loss on the labels, which gets all arrays of labels and predictions
     * @return the loss
     */
    public Loss newLoss(Loss labelLoss) {
        return new DistillationLoss(labelLoss, weight, temperature, match);
    }

    /**
     * Creates the loss for data without labels: the distance to the teacher alone. It needs the
     * teacher's outputs in validation, too.
     *
     * @return the loss
     */
    public Loss newLoss() {
        return new DistillationLoss(null, 1, temperature, match);
    }

    /**
     * Returns the weight of the distance to the teacher.
     *
     * @return the weight, above 0 and at most 1
     */
    public float getWeight() {
        return weight;
    }

    /**
     * Returns the temperature.
     *
     * @return the temperature, above 0
     */
    public float getTemperature() {
        return temperature;
    }

    @Override
    public String toString() {
        return "distillation(weight "
                + weight
                + (match == DistillationMatch.SOFT_TARGETS ? ", temperature " + temperature : "")
                + ", "
                + match
                + ")";
    }

    /** Builds a {@link Distillation}. */
    public static final class Builder {

        private @Nullable Block teacher;
        private float weight = 0.5f;
        private float temperature = 2;
        private DistillationMatch match = DistillationMatch.SOFT_TARGETS;

        private Builder() {}

        /**
         * Sets the teacher.
         *
         * @param teacher a trained block with as many outputs as the student has, of equal shapes
         * @return this builder
         */
        public Builder setTeacher(Block teacher) {
            this.teacher = Objects.requireNonNull(teacher, "teacher");
            return this;
        }

        /**
         * Sets the weight of the distance to the teacher; the loss on the labels has the rest.
         *
         * @param weight above 0 and at most 1; 0.5 by default
         * @return this builder
         */
        public Builder optWeight(float weight) {
            this.weight = weight;
            return this;
        }

        /**
         * Sets the temperature by which logits are divided. A higher one gives more weight to the
         * teacher's less likely classes.
         *
         * @param temperature above 0; 2 by default
         * @return this builder
         */
        public Builder optTemperature(float temperature) {
            this.temperature = temperature;
            return this;
        }

        /**
         * Sets the distance to the teacher.
         *
         * @param match the distance; {@link DistillationMatch#SOFT_TARGETS} by default
         * @return this builder
         */
        public Builder optMatch(DistillationMatch match) {
            this.match = Objects.requireNonNull(match, "match");
            return this;
        }

        /**
         * Builds the distillation.
         *
         * @return the distillation
         * @throws IllegalArgumentException if the teacher is missing or not initialized, or a
         *     number is out of its range
         */
        public Distillation build() {
            if (teacher == null) {
                throw new IllegalArgumentException("teacher: must be set");
            }
            if (!teacher.isInitialized()) {
                throw new IllegalArgumentException(
                        "teacher "
                                + teacher.getClass().getSimpleName()
                                + ": must be initialized and trained, has no parameters yet");
            }
            if (!(weight > 0 && weight <= 1)) {
                throw new IllegalArgumentException(
                        "weight " + weight + ": must be above 0 and at most 1");
            }
            if (!(temperature > 0 && temperature < Float.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "temperature " + temperature + ": must be a number above 0");
            }
            return new Distillation(this, teacher);
        }
    }
}
