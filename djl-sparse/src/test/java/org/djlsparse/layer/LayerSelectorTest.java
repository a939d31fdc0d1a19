package org.djlsparse.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Conv2dTranspose;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.PairList;

import org.djlsparse.internal.nn.LayerChoice;
import org.djlsparse.internal.nn.MaskConfig;
import org.djlsparse.internal.nn.MaskableLayers;
import org.djlsparse.internal.nn.ResolvedPolicy;
import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientFlow;
import org.djlsparse.training.MaskAction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.LinkedHashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class LayerSelectorTest {

    private static final Shape IMAGE = new Shape(1, 8, 8, 8);

    @Test
    void noNameIsNotEveryName() {
        assertThatIllegalArgumentException()
                .isThrownBy(LayerSelector::named)
                .withMessage(
                        "names: must name at least one layer; LayerSelector.all() selects every"
                                + " layer");
    }

    /** A saved state contains the text of selectors and is read in another JVM. */
    @Test
    void theTextIsTheSameInEachRun() {
        LayerSelector selector =
                LayerSelector.builder()
                        .addName("six")
                        .addName("five")
                        .addName("four")
                        .addName("three")
                        .addName("two")
                        .addName("one")
                        .optTypes(
                                Parameter.Type.OTHER,
                                Parameter.Type.GAMMA,
                                Parameter.Type.BIAS,
                                Parameter.Type.WEIGHT)
                        .build();

        assertThat(selector)
                .hasToString(
                        "LayerSelector(types=[WEIGHT, BIAS, GAMMA, OTHER], names=[six, five, four,"
                                + " three, two, one])");
    }

    @Test
    void choosesProductsAndSaysWhyTheRestStaysDense() {
        Map<String, String> reasons = reasons(network(), IMAGE, LayerSelector.all());

        assertThat(reasons)
                .containsEntry("01Conv2d_weight", null)
                .containsEntry("01Conv2d_bias", "type BIAS")
                .containsEntry("02BatchNorm_gamma", "type GAMMA")
                .containsEntry("02BatchNorm_runningMean", "type RUNNING_MEAN")
                .containsEntry("03Conv2d_weight", "grouped convolution (4 groups)")
                .containsEntry("04Conv2dTranspose_weight", "transposed convolution")
                .containsEntry("05Linear_weight", null)
                .containsEntry("06Linear_weight", "3 outputs, fewer than M = 4")
                .containsEntry("07Linear_weight", "3 inputs, fewer than M = 4");
    }

    @Test
    void aWeightOfWholeNumbersStaysDense() {
        Block block = Linear.builder().setUnits(8).optBias(false).build();
        block.setInitializer(Initializer.ZEROS, Parameter.Type.WEIGHT);
        block.freezeParameters(true);
        try (NDManager manager = NDManager.newBaseManager()) {
            block.initialize(manager, DataType.INT32, new Shape(1, 8));
            MaskConfig config =
                    new MaskConfig(NmPattern.of(2, 4), MaskSolver.auto(), GradientFlow.MASKED);

            assertThat(
                            MaskableLayers.choose(
                                    block,
                                    ResolvedPolicy.of(LayerSelector.all(), config),
                                    MaskableLayers.FrozenMasks.IN_PLACE))
                    .singleElement()
                    .extracting(LayerChoice::reason)
                    .asString()
                    .startsWith("data type int32, which is not in [float32, ");
        }
    }

    @Test
    void embeddingsAndPositionsStayDenseRecurrentWeightsDoNot() {
        Block bert = BertBlock.builder().nano().setTokenDictionarySize(40).build();
        Shape ids = new Shape(1, 8);
        try (NDManager manager = NDManager.newBaseManager()) {
            bert.initialize(manager, DataType.FLOAT32, ids, ids, ids);
            Map<String, String> reasons = reasons(bert, LayerSelector.all());
            assertThat(reasons)
                    .containsEntry("01tokenEmbedding_embedding", "embedding")
                    .containsEntry(
                            "positionEmbedding",
                            "not known as a product's weight (block BertBlock); name it to mask"
                                    + " it");
            assertThat(reasons.values().stream().filter(reason -> reason == null).count())
                    .as("query, key, value, result, two feed-forward in 4 blocks, and the pooler")
                    .isEqualTo(25);
        }
        Map<String, String> recurrent =
                reasons(
                        LSTM.builder().setStateSize(8).setNumLayers(1).build(),
                        new Shape(2, 5, 6),
                        LayerSelector.all());
        assertThat(recurrent)
                .containsEntry("l_0_i2h_WEIGHT", null)
                .containsEntry("l_0_h2h_WEIGHT", null)
                .containsEntry("l_0_i2h_BIAS", "type BIAS");
    }

    @Test
    void namesPatternsSizeAndPredicateNarrowTheChoice() {
        LayerSelector selector =
                LayerSelector.builder()
                        .addInclude(".*Linear.*")
                        .addInclude("01.*")
                        .addExclude("05.*")
                        .build();
        assertThat(reasons(network(), IMAGE, selector))
                .containsEntry("01Conv2d_weight", null)
                .containsEntry("05Linear_weight", "excluded by \"05.*\"")
                .containsEntry("03Conv2d_weight", "not among the layers included");
        assertThat(reasons(network(), IMAGE, LayerSelector.builder().optMinSize(1000).build()))
                .containsEntry("05Linear_weight", "128 entries, fewer than 1000")
                .containsEntry("01Conv2d_weight", null);
        assertThat(
                        reasons(
                                network(),
                                IMAGE,
                                LayerSelector.builder()
                                        .optPredicate((name, p) -> name.startsWith("05"))
                                        .build()))
                .containsEntry("05Linear_weight", null)
                .containsEntry("01Conv2d_weight", "rejected by the predicate");
        assertThat(reasons(network(), IMAGE, LayerSelector.named("05Linear_weight")))
                .containsEntry("05Linear_weight", null)
                .containsEntry("01Conv2d_weight", "not among the layers included");
    }

    @Test
    void anUnknownBlocksWeightIsMaskedIfNamed() {
        assertThat(reasons(new Custom(), IMAGE, LayerSelector.named("weight")))
                .containsEntry("weight", null);
    }

    @ParameterizedTest
    @CsvSource({
        "01Conv2d_bias, '1 dimension, not [out, in] or [out, in, k1, ...]'",
        "03Conv2d_weight, grouped convolution (4 groups)",
        "06Linear_weight, '3 outputs, fewer than M = 4'"
    })
    void aNamedLayerThatCannotCarryThePatternIsAnError(String name, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reasons(network(), IMAGE, LayerSelector.named(name)))
                .withMessage("layer \"" + name + "\": cannot carry pattern 2:4: " + reason);
    }

    @Test
    void aNameThatDoesNotExistIsAnErrorAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wrap(network(), LayerSelector.named("5Linear_weight")))
                .withMessageStartingWith(
                        "layer \"5Linear_weight\": no such parameter; the block has"
                                + " 01Conv2d_weight, ");
    }

    @Test
    void theBuilderNamesWhatIsWrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LayerSelector.builder().addInclude("*"))
                .withMessage("include \"*\": not a regular expression");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LayerSelector.builder().optMinSize(-1))
                .withMessage("minSize -1: must not be negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LayerSelector.builder().optTypes())
                .withMessage("types: must name at least one");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> LayerSelector.builder().addName("a_weight").addExclude("a.*").build())
                .withMessage("layer \"a_weight\": named, but excluded by \"a.*\"");
    }

    @Test
    void saysWhatItChooses() {
        assertThat(LayerSelector.all()).hasToString("LayerSelector(types=[WEIGHT])");
        assertThat(LayerSelector.builder().addExclude(".*head.*").optMinSize(64).build())
                .hasToString("LayerSelector(types=[WEIGHT], excludes=[.*head.*], minSize=64)");
    }

    private static Block network() {
        return new SequentialBlock()
                .add(conv(16, 1))
                .add(BatchNorm.builder().build())
                .add(conv(8, 4))
                .add(
                        Conv2dTranspose.builder()
                                .setKernelShape(new Shape(1, 1))
                                .setFilters(8)
                                .build())
                .add(Linear.builder().setUnits(32).build())
                .add(Linear.builder().setUnits(3).build())
                .add(Linear.builder().setUnits(8).build());
    }

    private static Block conv(int filters, int groups) {
        return Conv2d.builder()
                .setKernelShape(new Shape(3, 3))
                .setFilters(filters)
                .optGroups(groups)
                .build();
    }

    private static SparseBlock wrap(Block block, LayerSelector selector) {
        return new SparseBlock(
                block,
                ResolvedPolicy.of(
                        selector,
                        new MaskConfig(NmPattern.of(2, 4), MaskSolver.auto(), GradientFlow.MASKED)),
                MaskAction.DENSE,
                null);
    }

    private static Map<String, String> reasons(Block block, Shape input, LayerSelector selector) {
        try (NDManager manager = NDManager.newBaseManager()) {
            SparseBlock sparse = wrap(block, selector);
            sparse.initialize(manager, DataType.FLOAT32, input);
            return reasons(sparse);
        }
    }

    private static Map<String, String> reasons(Block block, LayerSelector selector) {
        return reasons(wrap(block, selector));
    }

    @SuppressWarnings("NullAway") // AssertJ's containsEntry takes null, which stands for "masked"
    private static Map<String, String> reasons(SparseBlock sparse) {
        Map<String, String> reasons = new LinkedHashMap<>();
        sparse.getLayers().forEach(layer -> reasons.put(layer.name(), layer.reason()));
        return reasons;
    }

    /** A block that the library does not know. */
    private static final class Custom extends AbstractBlock {

        private final Parameter weight =
                addParameter(
                        Parameter.builder()
                                .setName("weight")
                                .setType(Parameter.Type.WEIGHT)
                                .optShape(new Shape(8, 8))
                                .build());

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            NDArray x = inputs.head();
            return new NDList(x.matMul(store.getValue(weight, x.getDevice(), training)));
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return inputs;
        }
    }
}
