package org.djlsparse.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;

import org.jspecify.annotations.Nullable;

/** The loss of a {@link Distillation}. */
final class DistillationLoss extends Loss {

    private final @Nullable Loss labelLoss;
    private final float weight;
    private final float temperature;
    private final DistillationMatch match;

    DistillationLoss(
            @Nullable Loss labelLoss, float weight, float temperature, DistillationMatch match) {
        super(labelLoss == null ? "DistillationLoss" : labelLoss.getName());
        this.labelLoss = labelLoss;
        this.weight = weight;
        this.temperature = temperature;
        this.match = match;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        int own = labels.size() - predictions.size();
        if (labelLoss == null) {
            if (own < 0) {
                throw new IllegalArgumentException(
                        labels.size()
                                + " label arrays for "
                                + predictions.size()
                                + " predictions: must include the teacher's outputs; take the"
                                + " batches from Distillation.dataset");
            }
            return distance(labels.subNDList(own), predictions);
        }
        if (own <= 0) {
            return labelLoss.evaluate(labels, predictions);
        }
        NDList teacher = labels.subNDList(own);
        NDArray distance = distance(teacher, predictions);
        if (weight == 1) {
            return distance;
        }
        NDArray loss = labelLoss.evaluate(new NDList(labels.subList(0, own)), predictions);
        return scaled(loss, 1 - weight).add(scaled(distance, weight));
    }

    /** Returns the sum of the distances of all outputs. */
    private NDArray distance(NDList teacher, NDList student) {
        NDArray sum = distance(teacher.get(0), student.get(0));
        for (int i = 1; i < student.size(); i++) {
            sum = sum.add(distance(teacher.get(i), student.get(i)));
        }
        return sum;
    }

    private NDArray distance(NDArray teacher, NDArray student) {
        if (!teacher.getShape().equals(student.getShape())) {
            throw new IllegalArgumentException(
                    "teacher's output "
                            + teacher.getShape()
                            + ": must have the shape of the model's output, "
                            + student.getShape());
        }
        if (match == DistillationMatch.SQUARED_ERROR) {
            return student.sub(teacher).square().mean();
        }
        NDArray targets = scaled(teacher, 1 / temperature).softmax(-1);
        NDArray logs = scaled(student, 1 / temperature).logSoftmax(-1);
        return scaled(targets.mul(logs).sum(new int[] {-1}).mean(), -temperature * temperature);
    }

    /** Multiplies by an array, because DJL may lose a scalar between forward and backward. */
    private static NDArray scaled(NDArray array, float factor) {
        return array.mul(array.getManager().create(factor));
    }
}
