package org.djlsparse.examples.run;

import java.util.List;

/**
 * What a training run came to.
 *
 * @param losses the training loss of each step, in nats
 * @param scores validation along the way; the last one is that of the trained model
 * @param seconds the time spent in training steps, validation left out
 */
public record RunResult(List<Double> losses, List<Score> scores, double seconds) {

    /** Creates a result. */
    public RunResult {
        losses = List.copyOf(losses);
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
}
