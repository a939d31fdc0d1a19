package org.djlsparse.internal.torch;

import ai.djl.engine.EngineException;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;

import org.djlsparse.LoaderWithout;
import org.djlsparse.Sparsifier;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.TorchMaskSolver;
import org.junit.jupiter.api.Test;

import java.util.concurrent.Callable;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests of the library without DJL's PyTorch engine on the class path. */
class WithoutEngineTest {

    @Test
    void allButTheTorchSolverWorks() throws Exception {
        assertThat(new LoaderWithout("ai.djl.pytorch.").call(Use.class))
                .isEqualTo(
                        "8; solver \"torch\": needs DJL's PyTorch engine on the class path"
                                + " (ai.djl.pytorch:pytorch-engine); "
                                + "gradient hooks need DJL's PyTorch engine and JNA: Deep"
                                + " learning engine not found: PyTorch");
    }

    /** The code that runs with the loader's classes. */
    public static final class Use implements Callable<String> {

        @Override
        public String call() {
            float[] weights = new float[16];
            NmPattern pattern = NmPattern.of(2, 4);
            WeightShape shape = WeightShape.of(4, 4);
            long kept = MaskSolver.auto().solve(weights, shape, pattern).getKeptCount();
            MaskSolver torch = TorchMaskSolver.create();
            Sparsifier sparsifier =
                    Sparsifier.builder()
                            .setPattern(pattern)
                            .optSolver(torch)
                            .optKernel(LinearKernel.packed())
                            .build();
            Block wrapped = sparsifier.wrap(Linear.builder().setUnits(8).build());
            sparsifier.unwrap(wrapped);
            try {
                return kept + "; " + torch.solve(weights, shape, pattern);
            } catch (EngineException e) {
                return kept + "; " + e.getMessage() + "; " + HookRegistry.getReason();
            }
        }
    }
}
