package org.djlsparse.cli.run;

/**
 * The quality of a model on validation data.
 *
 * @param step the number of training steps so far
 * @param loss the mean cross-entropy in nats
 * @param metric the task's metric
 */
public record Score(int step, double loss, double metric) {}
