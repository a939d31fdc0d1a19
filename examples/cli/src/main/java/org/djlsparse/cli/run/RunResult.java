package org.djlsparse.cli.run;

import java.util.List;

/**
 * What a training run came to.
 *
 * @param losses the training loss of each step, in nats
 * @param stepSeconds the time of each step, validation left out
 * @param scores validation along the way; the last one is that of the trained model
 */
public record RunResult(List<Double> losses, List<Double> stepSeconds, List<Score> scores) {

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
     * Returns the time spent in training steps.
     *
     * @return seconds, all steps together
     */
    public double seconds() {
        return stepSeconds.stream().mapToDouble(Double::doubleValue).sum();
    }
}
