package org.djlsparse.cli.study;

import org.djlsparse.cli.options.RuleName;
import org.djlsparse.cli.task.ModelName;
import org.djlsparse.cli.task.TaskName;

/**
 * The settings of all runs of a study. The components are the keys of its JSON.
 *
 * @param task the task
 * @param model the model
 * @param steps the number of training steps
 * @param batch the number of examples per step
 * @param learningRate the highest learning rate
 * @param rule the gradient rule
 * @param lambda the rule's factor of decay; 0 if it has none
 * @param refreshEvery the number of steps between refreshes of dynamic masks
 * @param warmUp the number of dense steps at the start
 * @param denseFinish the number of dense steps at the end
 * @param trainingExamples the size of the first seed's training data
 * @param validationExamples the size of the first seed's validation data
 */
public record StudySettings(
        TaskName task,
        ModelName model,
        int steps,
        int batch,
        float learningRate,
        RuleName rule,
        float lambda,
        int refreshEvery,
        int warmUp,
        int denseFinish,
        long trainingExamples,
        long validationExamples) {}
