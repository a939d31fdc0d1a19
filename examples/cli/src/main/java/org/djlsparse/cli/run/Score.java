package org.djlsparse.cli.run;

/**
 * How good a model is on data that it was not trained on.
 *
 * @param step the number of training steps before
 * @param loss the mean cross-entropy in nats
 * @param metric the task's metric
 */
public record Score(int step, double loss, double metric) {}
