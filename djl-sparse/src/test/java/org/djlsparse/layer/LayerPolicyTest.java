package org.djlsparse.layer;

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
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;

import org.djlsparse.Sparsifier;
import org.djlsparse.SparsityReport;
import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.training.GradientRule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class LayerPolicyTest {

    private static final NmPattern TWO_FOUR = NmPattern.of(2, 4);
    private static final NmPattern FOUR_EIGHT = NmPattern.of(4, 8);
    private static final NmPattern ONE_FOUR = NmPattern.of(1, 4);

    private NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void theFirstEntryThatChoosesALayerDecides() {
        LayerPolicy policy =
                LayerPolicy.builder()
                        .addDense(LayerSelector.named("01Linear_weight"))
                        .add(
                                LayerSelector.matching("0[35].*"),
                                ONE_FOUR,
                                MaskSolver.greedy(),
                                GradientRule.straightThrough())
                        .add(LayerSelector.matching("0[57].*"), TWO_FOUR)
                        .build();

        SparsityReport report = sparsifier(policy).report();

        assertThat(describe(report))
                .containsExactly(
                        "01 left dense by entry 1 of the policy",
                        "03 1:4 greedy",
                        "05 1:4 greedy",
                        "07 2:4 enumeration",
                        "09 4:8 exact");
        assertThat(report.toString())
                .containsPattern("03Linear_weight +\\(16, 16\\) +1:4 +25.0% .* greedy")
                .containsPattern("09Linear_weight +\\(16, 16\\) +4:8 +50.0% .* exact")
                .contains("01Linear_weight (16, 16): left dense by entry 1 of the policy");
        assertThat(report.isTransposable()).isTrue();
    }

    @Test
    void masksAreThoseOfTheLayersOwnPatternAndSolver() {
        LayerPolicy policy =
                LayerPolicy.builder()
                        .add(LayerSelector.matching("05.*"), ONE_FOUR, MaskSolver.rowWise())
                        .build();
        Block block = block();
        Sparsifier sparsifier = builder(policy).build();
        sparsifier.wrap(block);

        float[] weights = block.getParameters().get("05Linear_weight").getArray().toFloatArray();
        Mask expected = MaskSolver.rowWise().solve(weights, WeightShape.of(16, 16), ONE_FOUR);
        assertThat(sparsifier.getMasks().get("05Linear_weight")).isEqualTo(expected);
        assertThat(sparsifier.report().isValidAlongRows()).isTrue();
        assertThat(sparsifier.report().isTransposable()).isFalse();
    }

    @Test
    void firstAndLastOfTheMaskedWeightsCanBeDense() {
        LayerPolicy policy =
                LayerPolicy.builder()
                        .addDense(LayerSelector.named("01Linear_weight"))
                        .optDenseFirstAndLast(true)
                        .build();

        assertThat(describe(sparsifier(policy).report()))
                .containsExactly(
                        "01 left dense by entry 1 of the policy",
                        "03 first of the masked weights, dense by policy",
                        "05 4:8 exact",
                        "07 4:8 exact",
                        "09 last of the masked weights, dense by policy");
    }

    @Test
    void eachLayersGradientFollowsItsOwnRule() {
        float lambda = 0.5f;
        LayerPolicy policy =
                LayerPolicy.builder()
                        .add(
                                LayerSelector.named("03Linear_weight"),
                                TWO_FOUR,
                                MaskSolver.auto(),
                                GradientRule.of(
                                        "count",
                                        GradientRule.masked().getFlow(),
                                        g -> g.gradient().muli(0).addi(g.pruned())))
                        .add(
                                LayerSelector.named("05Linear_weight"),
                                TWO_FOUR,
                                GradientRule.srSte(lambda))
                        .build();
        Block block = block();
        Sparsifier sparsifier = builder(policy).build();
        SparseBlock sparse = (SparseBlock) sparsifier.wrap(block);
        NDArray x = manager.randomNormal(new Shape(4, 16));
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDList y = sparse.forward(new ParameterStore(manager, false), new NDList(x), true);
            collector.backward(y.head().square().sum());
        }
        float[] before = gradient(block, "05Linear_weight");
        float[] others = gradient(block, "07Linear_weight");

        sparse.endBackward();

        boolean[] keep3 = keep(sparsifier, "03Linear_weight");
        boolean[] keep5 = keep(sparsifier, "05Linear_weight");
        float[] after3 = gradient(block, "03Linear_weight");
        float[] after5 = gradient(block, "05Linear_weight");
        float[] weights = block.getParameters().get("05Linear_weight").getArray().toFloatArray();
        for (int i = 0; i < keep3.length; i++) {
            assertThat(after3[i]).isEqualTo(keep3[i] ? 0 : 1);
            assertThat(after5[i]).isEqualTo(keep5[i] ? before[i] : before[i] + lambda * weights[i]);
        }
        assertThat(gradient(block, "07Linear_weight")).isEqualTo(others);
    }

    @Test
    void errorsNameLayerAndEntry() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                sparsifier(
                                        LayerPolicy.builder()
                                                .add(
                                                        LayerSelector.named("09Linear_weight"),
                                                        NmPattern.of(16, 32))
                                                .build()))
                .withMessage(
                        "layer \"09Linear_weight\": cannot carry pattern 16:32 of entry 1 of the"
                                + " policy: 16 outputs, fewer than M = 32");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                sparsifier(
                                        LayerPolicy.builder()
                                                .addDense(LayerSelector.named("head"))
                                                .build()))
                .withMessageStartingWith("layer \"head\": no such parameter; the block has 01Lin");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                sparsifier(
                                        LayerPolicy.builder()
                                                .addDense(LayerSelector.matching("0.*"))
                                                .add(
                                                        LayerSelector.named("05Linear_weight"),
                                                        TWO_FOUR)
                                                .build()))
                .withMessage(
                        "layer \"05Linear_weight\": entry 2 of the policy names it, but entry 1"
                                + " already selects it");
        LayerPolicy dense = LayerPolicy.builder().addDense(LayerSelector.matching("0.*")).build();
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                builder(dense)
                                        .optLayers(LayerSelector.named("05Linear_weight"))
                                        .build()
                                        .wrap(block()))
                .withMessage(
                        "layer \"05Linear_weight\": optLayers names it, but entry 1 already"
                                + " selects it");
        LayerPolicy policy =
                LayerPolicy.builder()
                        .addDense(LayerSelector.matching("01.*"))
                        .add(
                                LayerSelector.all(),
                                FOUR_EIGHT,
                                MaskSolver.enumeration(),
                                GradientRule.masked())
                        .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder(policy).build())
                .withMessage(
                        "entry 2 of the policy: solver \"enumeration\" does not support pattern"
                                + " 4:8; MaskSolver.auto() picks one that does");
    }

    @Test
    void saysWhatItDoes() {
        assertThat(
                        LayerPolicy.builder()
                                .addDense(LayerSelector.named("a"))
                                .add(
                                        LayerSelector.matching("b.*"),
                                        TWO_FOUR,
                                        MaskSolver.greedy(),
                                        GradientRule.masked())
                                .add(LayerSelector.named("c"), ONE_FOUR, MaskSolver.swap())
                                .add(LayerSelector.named("d"), ONE_FOUR, GradientRule.masked())
                                .optDenseFirstAndLast(true)
                                .build())
                .hasToString(
                        "LayerPolicy([LayerSelector(types=[WEIGHT], names=[a]): dense,"
                                + " LayerSelector(types=[WEIGHT], includes=[b.*]): 2:4, greedy,"
                                + " masked, LayerSelector(types=[WEIGHT], names=[c]): 1:4, swap,"
                                + " LayerSelector(types=[WEIGHT], names=[d]): 1:4, masked],"
                                + " first and last dense)");
    }

    private static List<String> describe(SparsityReport report) {
        return report.layers().stream()
                .filter(layer -> layer.name().endsWith("weight"))
                .map(
                        layer ->
                                layer.name().substring(0, 2)
                                        + " "
                                        + (layer.isChosen() ? chosen(layer) : layer.reason()))
                .collect(Collectors.toList());
    }

    private static String chosen(LayerSparsity layer) {
        return layer.pattern() + " " + layer.solver();
    }

    private static boolean[] keep(Sparsifier sparsifier, String layer) {
        return sparsifier.getMasks().entrySet().stream()
                .filter(entry -> entry.getKey().equals(layer))
                .findFirst()
                .orElseThrow()
                .getValue()
                .toBooleanArray();
    }

    private static float[] gradient(Block block, String layer) {
        return block.getParameters().get(layer).getArray().getGradient().toFloatArray();
    }

    private static Sparsifier.Builder builder(LayerPolicy policy) {
        return Sparsifier.builder().setPattern(FOUR_EIGHT).optPolicy(policy);
    }

    private Sparsifier sparsifier(LayerPolicy policy) {
        Sparsifier sparsifier = builder(policy).build();
        sparsifier.wrap(block());
        return sparsifier;
    }

    private Block block() {
        SequentialBlock block = new SequentialBlock();
        for (int i = 0; i < 5; i++) {
            block.add(Linear.builder().setUnits(16).build()).add(Activation.reluBlock());
        }
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 16));
        return block;
    }
}
