package org.djlsparse.cli.run;

import java.util.List;

/**
 * The outcome of a training run.
 *
 * @param losses the training loss of each step, in nats
 * @param stepSeconds the time of each step, without validation
 * @param scores the validation scores during the run; the last is that of the trained model
 * @param parameters the number of the model's parameters; 0 if it is not of interest
 */
public record RunResult(
        List<Double> losses, List<Double> stepSeconds, List<Score> scores, long parameters) {

    /**
     * Creates a result without the number of parameters.
     *
     * @param losses the training loss of each step, in nats
     * @param stepSeconds the time of each step, without validation
     * @param scores the validation scores during the run
     */
    public RunResult(List<Double> losses, List<Double> stepSeconds, List<Score> scores) {
        this(losses, stepSeconds, scores, 0);
    }

    /** Creates a result. */
    public RunResult {
        losses = List.copyOf(losses);
        stepSeconds = List.copyOf(stepSeconds);
        scores = List.copyOf(scores);
    }

    /**
     * Returns the score of the trained model.
     *
     * @return the last score
     */
    public Score finalScore() {
        return scores.get(scores.size() - 1);
    }

    /**
     * Returns the time of all training steps.
     *
     * @return the time in seconds
     */
    public double seconds() {
        return stepSeconds.stream().mapToDouble(Double::doubleValue).sum();
    }
}
