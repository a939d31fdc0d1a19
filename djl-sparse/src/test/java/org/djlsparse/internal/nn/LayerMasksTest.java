package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;

import org.djlsparse.ResourceCount;
import org.djlsparse.internal.torch.DeviceMaskSolver;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.GradientFlow;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LayerMasksTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @Test
    void aRefreshThatCannotBeginLeavesNoCopies() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block =
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(8).build())
                            .add(Linear.builder().setUnits(8).build());
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
            FailsAtTheSecondWeight solver = new FailsAtTheSecondWeight();
            MaskConfig config = new MaskConfig(PATTERN, solver, GradientFlow.MASKED);
            LayerMasks masks =
                    new LayerMasks(
                            block,
                            ResolvedPolicy.of(LayerSelector.all(), config),
                            BackgroundRefresh.after(2));
            masks.ensure(Parameter::getArray);
            int before = ResourceCount.of(manager);
            solver.weights = 0;

            assertThatThrownBy(() -> masks.refresh(Parameter::getArray))
                    .hasMessage("out of memory");

            assertThat(solver.weights).isEqualTo(2);
            assertThat(ResourceCount.of(manager)).isEqualTo(before);
        }
    }

    /** A solver that reads the first weight on its device, and fails at the second. */
    private static final class FailsAtTheSecondWeight implements MaskSolver, DeviceMaskSolver {

        private int weights = Integer.MIN_VALUE; // not yet

        @Override
        public boolean accepts(NDArray weight) {
            weights++;
            if (weights == 2) {
                throw new IllegalStateException("out of memory");
            }
            return weights == 1;
        }

        @Override
        public Mask solve(float[] values, WeightShape shape, NmPattern pattern) {
            return MaskSolver.auto().solve(values, shape, pattern);
        }

        @Override
        public NDArray solve(NDArray weight, NmPattern pattern) {
            throw new UnsupportedOperationException("no search was to begin");
        }
    }
}
