package org.djlsparse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** An optimizer as a user may write it. This one keeps no state and counts no updates. */
class PlainDescent extends Optimizer {

    PlainDescent() {
        super(new Builder());
    }

    @Override
    public void update(String parameterId, NDArray weight, NDArray grad) {
        try (NDManager scratch = weight.getManager().newSubManager()) {
            grad.attach(scratch);
            NDArray change = change(parameterId, grad);
            change.attach(scratch);
            weight.subi(change);
            NDArray gradient = weight.getGradient();
            gradient.attach(scratch);
            gradient.subi(gradient);
        }
    }

    NDArray change(String parameterId, NDArray grad) {
        return grad.mul(0.05f);
    }

    /** An optimizer that keeps a velocity, and whose steps shrink with the number of updates. */
    static class Rolling extends PlainDescent {

        private final Map<String, Map<Device, NDArray>> velocities = new ConcurrentHashMap<>();

        @Override
        NDArray change(String parameterId, NDArray grad) {
            int count = updateCount(parameterId);
            NDArray velocity =
                    withDefaultState(
                            velocities, parameterId, grad.getDevice(), k -> grad.zerosLike());
            velocity.muli(0.9f).addi(grad);
            return velocity.mul(0.05f / count);
        }
    }

    /**
     * An optimizer with one more number per parameter, the sum of all squares, and a cache that is
     * not state.
     */
    static final class Scaled extends Rolling {

        private final ConcurrentHashMap<String, ConcurrentHashMap<Device, NDArray>> sums =
                new ConcurrentHashMap<>();
        private final transient Map<String, NDArray> cache = new ConcurrentHashMap<>();

        @Override
        NDArray change(String parameterId, NDArray grad) {
            NDArray square = grad.square().sum();
            square.attach(grad.getManager());
            NDArray sum =
                    sums.computeIfAbsent(parameterId, k -> new ConcurrentHashMap<>())
                            .computeIfAbsent(grad.getDevice(), k -> zero(square));
            sum.addi(square);
            cache.put(parameterId, sum);
            NDArray root = sum.sqrt();
            root.attach(grad.getManager());
            return super.change(parameterId, grad.div(root));
        }

        private static NDArray zero(NDArray like) {
            NDArray zero = like.zerosLike();
            zero.detach();
            return zero;
        }
    }

    private static final class Builder extends OptimizerBuilder<Builder> {

        @Override
        protected Builder self() {
            return this;
        }
    }
}
