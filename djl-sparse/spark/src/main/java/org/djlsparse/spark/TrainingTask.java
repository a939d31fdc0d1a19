package org.djlsparse.spark;

import java.io.Serializable;

/**
 * The share of one task in one round.
 *
 * @param round the round, from 0 on
 * @param firstStep the number of steps of all rounds before this one, which is the step of the mask
 *     schedule with which this round starts
 * @param steps the number of steps in this round, each on one batch
 * @param task the task, from 0 on
 * @param tasks the number of tasks
 * @param seed the seed of the training
 */
public record TrainingTask(int round, long firstStep, int steps, int task, int tasks, long seed)
        implements Serializable {}
