package org.djlsparse.internal.torch;

import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoopTranslator;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.mask.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LinearOpsTest {

    private static final int FLOAT32 = 6;

    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @CsvSource({"4, 4", "8, 12", "64, 96", "20, 4", "4, 20"})
    void packedWeightsComeBackToTheBitBothWays(int rows, int columns) {
        NDArray weight = manager.create(masked(rows, columns), new Shape(rows, columns));

        NDList packed = call("pack", "packed", weight, FLOAT32);

        NDArray back = call("unpack", packed.get(0), packed.get(1)).singletonOrThrow();
        assertThat(bits(back)).isEqualTo(bits(weight));
        NDArray transposed = call("unpack", packed.get(2), packed.get(3)).singletonOrThrow();
        assertThat(bits(transposed)).isEqualTo(bits(weight.transpose()));
        assertThat(packed.get(0).getShape()).isEqualTo(new Shape(rows, columns / 2));
        assertThat(packed.get(1).getShape()).isEqualTo(new Shape(rows, (columns / 4 + 1) / 2));
        assertThat(packed.get(1).getDataType()).isEqualTo(DataType.UINT8);
    }

    @Test
    void packedFormIsTwoValuesAndTwoIndicesAGroup() {
        float[] row = {0, 5, 0, 7, 0, 0, 0, 9, 3, 0, 0, 0};
        NDArray matrix = manager.create(row, new Shape(1, 12));

        NDList packed = call("compress", "packed", matrix, 0);

        assertThat(packed.get(0).toFloatArray()).containsExactly(5, 7, 0, 9, 3, 0);
        // 5 at 1 and 7 at 3; a zero at 0 and 9 at 3; 3 at 0 and a zero at 1.
        assertThat(packed.get(1).toByteArray())
                .containsExactly(1 + 4 * 3 + 16 * (0 + 4 * 3) - 256, 0 + 4 * 1);
    }

    /** Tests against CUTLASS's own description of the order, its function reorder_meta. */
    @ParameterizedTest
    @CsvSource({"32, 64", "64, 128", "96, 192"})
    void cutlassGetsItsWordsInOrder(int rows, int columns) {
        NDArray weight = manager.create(masked(rows, columns), new Shape(rows, columns));
        long[] fours = call("halves", weight).get(1).toLongArray();
        int words = columns / 16;
        short[] expected = new short[rows * words];
        for (int row = 0; row < rows; row++) {
            for (int word = 0; word < words; word++) {
                int value = 0;
                for (int k = 0; k < 4; k++) {
                    value |= (int) fours[row * columns / 4 + 4 * word + k] << (4 * k);
                }
                int toRow = row / 32 * 32 + row % 8 * 4 + row % 32 / 8;
                int toWord = word;
                if (toRow % 2 == 0 && toWord % 2 == 1) {
                    toRow++;
                    toWord--;
                } else if (toRow % 2 == 1 && toWord % 2 == 0) {
                    toRow--;
                    toWord++;
                }
                // Column-major, two words interleaved.
                expected[toWord / 2 * rows * 2 + toRow * 2 + toWord % 2] = (short) value;
            }
        }

        NDArray meta = call("compress", "cutlass", weight, 0).get(1);

        assertThat(meta.getShape()).isEqualTo(new Shape(rows, words));
        short[] ordered = new short[rows * words];
        meta.toByteBuffer().asShortBuffer().get(ordered);
        assertThat(ordered).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dense", "packed"})
    void productsAreThoseOfTheDenseMatrix(String kernel) {
        NDArray weight = manager.create(masked(8, 12), new Shape(8, 12));
        NDArray x = manager.create(Weights.gaussian(2 * 3 * 12, 2), new Shape(2, 3, 12));
        NDArray bias = manager.create(Weights.gaussian(8, 3));
        NDArray none = manager.create(new Shape(0));
        NDList packed = call("pack", kernel, weight, FLOAT32);

        NDArray y = call("predict", x, bias, packed.get(0), packed.get(1)).get(0);
        NDArray plain = x.matMul(weight.transpose());
        assertThat(y.getShape()).isEqualTo(new Shape(2, 3, 8));
        assertThat(y.allClose(plain.add(bias), 1e-6, 1e-6, false)).isTrue();
        NDArray noBias = call("predict", x, none, packed.get(0), packed.get(1)).get(0);
        assertThat(noBias.allClose(plain, 1e-6, 1e-6, false)).isTrue();

        NDArray dy = plain.sin();
        NDArray dx = call("input_gradient", dy, packed.get(2), packed.get(3)).get(0);
        assertThat(dx.allClose(dy.matMul(weight), 1e-6, 1e-6, false)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cslt", "cutlass"})
    void operatorsOfTheGpuSayThatThisIsNoGpu(String kernel) {
        NDArray weight = manager.create(masked(32, 64), new Shape(32, 64));

        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(
                        () -> {
                            NDList packed = call("compress", kernel, weight, 0);
                            call("product", weight, packed.get(0), packed.get(1));
                        })
                .withMessageContaining("Could not run 'aten::_")
                .withMessageContaining("'CPU' backend");
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> call("cslt_search", weight, weight))
                .withMessageContaining("Could not run 'aten::_cslt_sparse_mm_search'");
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(() -> call("compress", "none", weight, 0))
                .withMessageEndingWith("there is no kernel none");
    }

    @Test
    void versionsTellOfChangesInPlace() {
        NDArray array = manager.zeros(new Shape(3));
        NDArray other = array.stopGradient();
        long before = LinearOps.module().callForInt("version", array, other);
        array.addi(1);
        assertThat(LinearOps.module().callForInt("version", array, other)).isGreaterThan(before);

        array.set(new float[] {1, 2, 3}); // replaces the array's memory
        assertThat(LinearOps.module().callForInt("version", array, other)).isEqualTo(-1);
    }

    @Test
    void theFileLoadsAsAnyOtherModelDoes(@TempDir Path folder) throws Exception {
        LinearOps.getArchive().write(folder.resolve("linear_ops.pt"));

        try (Model model = Model.newInstance("linear_ops", "PyTorch")) {
            model.load(folder, "linear_ops");
            NDArray x = manager.create(new float[] {0, 1, 0, 2}, new Shape(1, 4));
            NDArray method = manager.create("method");
            method.setName("module_method:halves"); // DJL's notation for a method
            try (Predictor<NDList, NDList> predictor =
                    model.newPredictor(new NoopTranslator(null))) {
                NDList halves = predictor.predict(new NDList(x, method));
                assertThat(halves.get(0).toFloatArray()).containsExactly(1, 2);
                assertThat(halves.get(1).toLongArray()).containsExactly(1 + 4 * 3);
            }
        }
    }

    private NDList call(String method, Object... arguments) {
        return LinearOps.module().call(manager, method, arguments);
    }

    /** Returns a weight with a transposable 2:4 mask; some kept entries are zero. */
    private static float[] masked(int rows, int columns) {
        Random random = new Random(1);
        float[] values = Weights.gaussian(rows * columns, 1);
        WeightShape shape = WeightShape.of(rows, columns);
        Mask mask = MaskSolver.auto().solve(values, shape, NmPattern.of(2, 4));
        boolean[] kept = mask.toBooleanArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = kept[i] && random.nextInt(5) > 0 ? values[i] : 0;
        }
        return values;
    }

    private static int[] bits(NDArray array) {
        float[] values = array.toFloatArray();
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
