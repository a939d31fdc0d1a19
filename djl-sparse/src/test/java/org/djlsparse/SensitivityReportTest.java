package org.djlsparse;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;

import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

class SensitivityReportTest {

    private static final NmPattern TWO_FOUR = NmPattern.of(2, 4);
    private static final NmPattern FOUR_EIGHT = NmPattern.of(4, 8);

    private NDManager manager = NDManager.newBaseManager();
    private Block block = new SequentialBlock();
    private NDList data = new NDList();
    private NDList labels = new NDList();

    @BeforeEach
    void make() {
        Engine.getInstance().setRandomSeed(3);
        block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(16).build())
                        .add(BatchNorm.builder().build())
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(4).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(20, 8));
        data = new NDList(manager.randomNormal(new Shape(20, 8)));
        labels = new NDList(manager.randomNormal(new Shape(20, 4)));
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void figuresAreThoseOfMaskingByHand() {
        SensitivityReport report =
                SensitivityReport.measure(
                        block, List.of(TWO_FOUR, FOUR_EIGHT), data, labels, Loss.l2Loss());

        double dense = loss();
        assertThat(report.denseLoss()).isEqualTo(dense);
        assertThat(report.layers().stream().map(l -> l.name() + " " + l.pattern()))
                .containsExactly(
                        "01Linear_weight 2:4", "04Linear_weight 2:4", "01Linear_weight 4:8");
        for (LayerSensitivity layer : report.layers()) {
            NDArray weight = block.getParameters().get(layer.name()).getArray();
            float[] values = weight.toFloatArray();
            Mask mask =
                    MaskSolver.exact()
                            .solve(
                                    values,
                                    WeightShape.of(weight.getShape().getShape()),
                                    layer.pattern());
            float[] masked = values.clone();
            double kept = 0;
            double all = 0;
            boolean[] keep = mask.toBooleanArray();
            for (int i = 0; i < masked.length; i++) {
                masked[i] = keep[i] ? masked[i] : 0;
                kept += Math.abs(masked[i]);
                all += Math.abs(values[i]);
            }
            weight.set(masked);
            double change = loss() - dense;
            weight.set(values);
            assertThat(layer.keptMagnitude()).isCloseTo(kept / all, within(1e-12));
            assertThat(layer.lossChange()).isCloseTo(change, within(1e-6));
            assertThat(Math.abs(change)).as("masks matter").isGreaterThan(1e-4);
        }
        assertThat(report.toString())
                .startsWith("dense loss ")
                .containsPattern("layer +2:4 kept +loss +4:8 kept +loss")
                .containsPattern("04Linear_weight +\\d+\\.\\d% +[+-]0\\.\\d+ +- +-");
    }

    @Test
    void theModelIsLeftAsItIs() throws Exception {
        ByteArrayOutputStream before = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(before));
        int arrays = ResourceCount.of(manager);

        SensitivityReport.measure(
                block, List.of(TWO_FOUR, FOUR_EIGHT), data, labels, Loss.l2Loss());

        ByteArrayOutputStream after = new ByteArrayOutputStream();
        block.saveParameters(new DataOutputStream(after));
        assertThat(after.toByteArray()).isEqualTo(before.toByteArray());
        assertThat(ResourceCount.of(manager)).isEqualTo(arrays);
        assertThat(data.head().getManager()).isSameAs(manager);
    }

    @Test
    void layersAndSolverCanBeChosen() {
        SensitivityReport report =
                SensitivityReport.measure(
                        block,
                        List.of(TWO_FOUR),
                        data,
                        labels,
                        Loss.l2Loss(),
                        MaskSolver.rowWise(),
                        LayerSelector.named("04Linear_weight"));

        assertThat(report.layers()).hasSize(1);
        float[] weights = block.getParameters().get("04Linear_weight").getArray().toFloatArray();
        Mask mask = MaskSolver.rowWise().solve(weights, WeightShape.of(4, 16), TWO_FOUR);
        assertThat(report.layers().get(0).keptMagnitude())
                .isCloseTo(mask.getKeptMagnitude(weights), within(1e-12));
    }

    @Test
    void saysWhatIsWrong() {
        Block plain = Linear.builder().setUnits(4).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> measure(plain, List.of(TWO_FOUR)))
                .withMessage(
                        "block Linear: must be initialized; load the model, or train it, first");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> measure(block, List.of()))
                .withMessage("patterns: must name at least one");
        Block wrapped = Sparsifier.builder().setPattern(TWO_FOUR).build().wrap(block);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> measure(wrapped, List.of(TWO_FOUR)))
                .withMessage(
                        "block SparseBlock: must not be or contain a SparseBlock; unwrap it first");
        block.getParameters().get("04Linear_weight").getArray().divi(0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> measure(block, List.of(TWO_FOUR)))
                .withMessageStartingWith("layer \"04Linear_weight\": no mask: weight at row 0");
    }

    private void measure(Block measured, List<NmPattern> patterns) {
        SensitivityReport.measure(measured, patterns, data, labels, Loss.l2Loss());
    }

    private double loss() {
        NDList y = block.forward(new ParameterStore(manager, false), data, false);
        return Loss.l2Loss().evaluate(labels, y).getFloat();
    }
}
