package org.djlsparse.training;

/** The distance between the outputs of student and teacher that {@link Distillation} lowers. */
public enum DistillationMatch {
    /**
     * The cross-entropy between the classes' probabilities at a temperature T, times T squared
     * (Hinton et al. 2015, "Distilling the knowledge in a neural network"). Outputs are logits.
     */
    SOFT_TARGETS,
    /**
     * The mean squared difference of the outputs, for embeddings, features and regression. The
     * temperature has no effect.
     */
    SQUARED_ERROR
}
