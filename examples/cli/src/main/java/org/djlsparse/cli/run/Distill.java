package org.djlsparse.cli.run;

import ai.djl.nn.Block;

import org.djlsparse.training.Distillation;

/**
 * The settings of distillation from the dense model.
 *
 * @param weight the weight of the distance to the teacher
 * @param temperature the temperature of the logits
 */
public record Distill(float weight, float temperature) {

    /**
     * Creates the distillation.
     *
     * @param teacher the trained dense model
     * @return the distillation
     */
    public Distillation from(Block teacher) {
        return Distillation.builder()
                .setTeacher(teacher)
                .optWeight(weight)
                .optTemperature(temperature)
                .build();
    }
}
