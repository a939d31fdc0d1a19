package org.djlsparse.internal.torch;

import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoopTranslator;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.mask.Weights;
import org.djlsparse.torch.TorchArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ProductOpsTest {

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

        NDList packed = call("compress", weight, false, 0);
        NDList packedTranspose = call("compress", weight, true, 0);

        NDArray back = call("unpack", packed.get(0), packed.get(1)).singletonOrThrow();
        assertThat(bits(back)).isEqualTo(bits(weight));
        NDArray transposed =
                call("unpack", packedTranspose.get(0), packedTranspose.get(1)).singletonOrThrow();
        assertThat(bits(transposed)).isEqualTo(bits(weight.transpose()));
        assertThat(packed.get(0).getShape()).isEqualTo(new Shape(rows, columns / 2));
        assertThat(packed.get(1).getShape()).isEqualTo(new Shape(rows, (columns / 4 + 1) / 2));
        assertThat(packed.get(1).getDataType()).isEqualTo(DataType.UINT8);
    }

    @Test
    void packedFormIsTwoValuesAndTwoIndicesAGroup() {
        float[] row = {0, 5, 0, 7, 0, 0, 0, 9, 3, 0, 0, 0};
        NDArray matrix = manager.create(row, new Shape(1, 12));

        NDList packed = call("compress", matrix, false, 0);

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

        NDArray meta = call(ProductOps.CUTLASS, "compress", weight, false, 0).get(1);

        assertThat(meta.getShape()).isEqualTo(new Shape(rows, words));
        short[] ordered = new short[rows * words];
        meta.toByteBuffer().asShortBuffer().get(ordered);
        assertThat(ordered).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(names = {"DENSE", "PACKED"})
    void productsAreThoseOfTheDenseMatrix(KernelKind kind) {
        ProductOps ops = kind.getOps();
        NDArray weight = manager.create(masked(8, 12), new Shape(8, 12));
        NDArray x = manager.create(Weights.gaussian(2 * 3 * 12, 2), new Shape(2, 3, 12));
        NDArray bias = manager.create(Weights.gaussian(8, 3));
        NDArray none = manager.create(new Shape(0));
        NDArray typed = call(ops, "typed", weight, FLOAT32).singletonOrThrow();
        NDList packed = call(ops, "compress", typed, false, 0);

        NDArray y = call(ops, "predict", x, bias, packed.get(0), packed.get(1)).get(0);
        NDArray plain = x.matMul(weight.transpose());
        assertThat(y.getShape()).isEqualTo(new Shape(2, 3, 8));
        assertThat(y.allClose(plain.add(bias), 1e-6, 1e-6, false)).isTrue();
        NDArray noBias = call(ops, "predict", x, none, packed.get(0), packed.get(1)).get(0);
        assertThat(noBias.allClose(plain, 1e-6, 1e-6, false)).isTrue();

        NDArray dy = plain.sin();
        NDList transposed = call(ops, "compress", typed, true, 0);
        NDArray dx = call(ops, "input_gradient", dy, transposed.get(0), transposed.get(1)).get(0);
        assertThat(dx.allClose(dy.matMul(weight), 1e-6, 1e-6, false)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"CUSPARSELT", "CUTLASS"})
    void operatorsOfTheGpuSayThatThisIsNoGpu(KernelKind kind) {
        ProductOps ops = kind.getOps();
        NDArray weight = manager.create(masked(32, 64), new Shape(32, 64));

        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(
                        () -> {
                            NDList packed = call(ops, "compress", weight, false, 0);
                            NDArray none = manager.create(new Shape(0));
                            call(ops, "predict", weight, none, packed.get(0), packed.get(1));
                        })
                .withMessageContaining("Could not run 'aten::_")
                .withMessageContaining("'CPU' backend");
    }

    /** A kernel on a device reads 16 bytes at a time; a view may start in between. */
    @Test
    void rowsStartAtMultiplesOfSixteenBytes() {
        NDArray all = manager.arange(100f).reshape(10, 10);
        NDArray view = all.get("1:9"); // starts at byte 40

        NDArray rows = call("by_eight", view).singletonOrThrow();

        assertThat(rows).isEqualTo(view);
        all.set(new NDIndex("1:9"), -1);
        assertThat(rows.toFloatArray()).startsWith(10, 11); // a copy
        NDArray even = all.get("2:10"); // starts at byte 80
        NDArray same = call("by_eight", even).singletonOrThrow();
        all.set(new NDIndex("2:10"), -2);
        assertThat(same.toFloatArray()).startsWith(-2, -2); // the view itself
    }

    @Test
    void rowsArePaddedToMultiplesOfEight() {
        NDArray rows = call("by_eight", manager.ones(new Shape(3, 4))).singletonOrThrow();

        assertThat(rows.getShape()).isEqualTo(new Shape(8, 4));
        assertThat(rows.sum().getFloat()).isEqualTo(12);
    }

    @Test
    void theFileLoadsAsAnyOtherModelDoes(@TempDir Path folder) throws Exception {
        TorchArchive archive = ProductOps.getArchives().get("packed_ops");
        assertThat(archive).isNotNull();
        archive.write(folder.resolve("packed_ops.pt"));

        try (Model model = Model.newInstance("packed_ops", "PyTorch")) {
            model.load(folder, "packed_ops");
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
        return call(ProductOps.PACKED, method, arguments);
    }

    private NDList call(ProductOps ops, String method, Object... arguments) {
        return ops.module().call(manager, method, arguments);
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
