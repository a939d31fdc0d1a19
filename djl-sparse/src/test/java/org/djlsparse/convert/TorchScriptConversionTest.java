package org.djlsparse.convert;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;

import org.djlsparse.internal.torch.TrainedModule;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests of imported TorchScript modules, whose weights are masked in place and not fitted. */
class TorchScriptConversionTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @TempDir Path folder;
    private final NDManager manager = NDManager.newBaseManager();
    private Model model;

    @BeforeEach
    void load() throws Exception {
        Random random = new Random(1);
        float[] weight = new float[8 * 16];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (float) random.nextGaussian();
        }
        new TrainedModule()
                .add("fc_weight", weight, 8, 16)
                .write(folder.resolve("net.pt"), "    return torch.linear(x, self.fc_weight)\n");
        model = Model.newInstance("net");
        model.load(folder, "net", Map.of("trainParam", "true"));
    }

    @AfterEach
    void close() {
        model.close();
        manager.close();
    }

    @Test
    void weightsAreMaskedInPlace() {
        Block block = model.getBlock();
        float[] dense = weight(block);
        NDArray x = manager.randomNormal(new Shape(6, 16));
        NDArray labels = forward(block, x).duplicate();
        ArrayDataset data =
                new ArrayDataset.Builder()
                        .setData(x)
                        .optLabels(labels)
                        .setSampling(6, false)
                        .build();

        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(PATTERN)
                        .optValidation(data, Loss.l2Loss("l2"))
                        .build()
                        .convert(block, List.of(new NDList(x)));

        Mask mask = MaskSolver.auto().solve(dense, WeightShape.of(8, 16), PATTERN);
        float[] expected = mask.toFloatArray();
        for (int i = 0; i < expected.length; i++) {
            expected[i] = expected[i] == 0 ? 0 : dense[i]; // never -0
        }
        assertThat(weight(block)).isEqualTo(expected);
        NDArray product = x.matMul(manager.create(expected, new Shape(8, 16)).transpose());
        assertThat(forward(block, x).sub(product).abs().max().getFloat()).isLessThan(1e-5f);
        LayerConversion layer = report.getLayer("fc_weight");
        assertThat(layer.method()).isEqualTo("mask only");
        assertThat(layer.reason())
                .isEqualTo("inside a TorchScript module, whose layers' inputs cannot be observed");
        // The model was evaluated with the masks in place, which equals the model as it is now.
        MetricChange metric = report.metrics().get(0);
        assertThat(metric.dense()).isZero();
        assertThat(metric.magnitude()).isPositive().isEqualTo(metric.converted());
    }

    @Test
    void cancellingAfterMeasuringLeavesThemToTheBit() {
        Block block = model.getBlock();
        float[] dense = weight(block);
        NDArray x = manager.randomNormal(new Shape(6, 16));
        ArrayDataset data =
                new ArrayDataset.Builder()
                        .setData(x)
                        .optLabels(manager.zeros(new Shape(6, 8)))
                        .setSampling(6, false)
                        .build();
        for (int ends : new int[] {1, 2, 3, 4, 5, 6}) {
            int[] count = {0};
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(
                            () ->
                                    AdaPrune.builder()
                                            .setPattern(PATTERN)
                                            .optValidation(data, Loss.l2Loss("l2"))
                                            .optCancel(() -> ++count[0] == ends)
                                            .build()
                                            .convert(block, List.of(new NDList(x))));
            assertThat(weight(block)).isEqualTo(dense);
        }
    }

    private NDArray forward(Block block, NDArray x) {
        return block.forward(new ParameterStore(manager, false), new NDList(x), false)
                .singletonOrThrow();
    }

    private static float[] weight(Block block) {
        return block.getParameters().get("fc_weight").getArray().toFloatArray();
    }
}
