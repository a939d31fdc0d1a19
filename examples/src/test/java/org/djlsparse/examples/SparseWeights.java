package org.djlsparse.examples;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;

import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** Reads saved models back, without a Sparsifier. */
final class SparseWeights {

    private SparseWeights() {}

    /** Checks that all weights of a saved model satisfy a pattern both ways. */
    static void check(Path folder, Block block, Shape input, NmPattern pattern) throws Exception {
        try (Model model = Model.newInstance("sparse")) {
            block.initialize(model.getNDManager(), DataType.FLOAT32, input);
            model.setBlock(block);
            model.load(folder, "sparse");
            int weights = 0;
            for (var entry : block.getParameters()) {
                NDArray array = entry.getValue().getArray();
                if (array.getShape().dimension() > 1) {
                    weights++;
                    check(
                            entry.getKey(),
                            array.toFloatArray(),
                            array.getShape().getShape(),
                            pattern);
                }
            }
            assertThat(weights).isPositive();
        }
    }

    /** Checks that a weight satisfies a pattern both ways and is not zero. */
    static void check(String name, float[] weights, long[] dimensions, NmPattern pattern) {
        WeightShape shape = WeightShape.of(dimensions);
        assertThat(MaskChecker.check(weights, shape, pattern).isTransposable()).as(name).isTrue();
        int kept = 0;
        for (float weight : weights) {
            kept += weight == 0 ? 0 : 1;
        }
        assertThat((double) kept / weights.length)
                .as(name)
                .isGreaterThan(0.9 * pattern.getDensity());
    }
}
