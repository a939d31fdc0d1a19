package org.djlsparse;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.djlsparse.internal.nn.SparseBlock;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.BackgroundRefresh;
import org.djlsparse.training.MaskAction;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests of frozen weights, and of the report on models without masks. */
class FrozenLayersTest {

    private static final String BASE = "01Linear_weight";
    private static final String HEAD = "02Linear_weight";
    private static final String REASON = "frozen; name it to mask it";

    @TempDir Path folder;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void staysDenseAndIsMarked() {
        Block block = block(true);
        float[] before = weight(block, BASE);
        Sparsifier sparsifier = builder().build();
        Block wrapped = sparsifier.wrap(block);

        SparsityReport report = sparsifier.report();

        assertThat(row(report, BASE))
                .returns(REASON, LayerSparsity::reason)
                .returns(true, LayerSparsity::frozen);
        assertThat(row(report, HEAD).frozen()).isFalse();
        assertThat(sparsifier.getMasks().keySet()).containsExactly(HEAD);
        assertThat(report.toString()).contains("  01Linear_weight (8, 8): " + REASON);
        assertThat(report.warnings()).isEmpty();
        sparsifier.unwrap(wrapped);
        assertThat(weight(block, BASE)).isEqualTo(before);
    }

    @Test
    void isMaskedIfASelectorAsksForItWithAWarning() {
        for (LayerSelector layers :
                new LayerSelector[] {
                    LayerSelector.named(BASE, HEAD), LayerSelector.builder().optFrozen(true).build()
                }) {
            Sparsifier sparsifier = builder().optLayers(layers).build();
            sparsifier.wrap(block(true));

            SparsityReport report = sparsifier.report();

            assertThat(sparsifier.getMasks().keySet()).containsExactly(BASE, HEAD);
            assertThat(report.warnings())
                    .containsExactly(
                            "frozen weights cannot adapt to their masks: 01Linear_weight;"
                                    + " unfreeze them or leave them dense");
            assertThat(report.toString())
                    .containsPattern("(?m)^01Linear_weight \\(frozen\\) +\\(8, 8\\) +2:4 +50.0%")
                    .containsPattern("(?m)^02Linear_weight +\\(8, 8\\)");
        }
    }

    @Test
    void keepsItsMaskIfItIsFrozenLater() {
        Block block = block(false);
        SparseBlock sparse = (SparseBlock) builder().build().wrap(block);
        step(sparse, MaskAction.KEEP);
        Mask before = mask(sparse, BASE);
        freeze(block, true);

        step(sparse, MaskAction.REFRESH);

        assertThat(mask(sparse, BASE)).isEqualTo(before);
        assertThat(sparse.getWarnings()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void getsAMaskAtTheNextRefreshOnceItIsUnfrozen(boolean background) {
        Block block = block(true);
        Sparsifier.Builder builder = builder();
        if (background) {
            builder.optBackground(BackgroundRefresh.after(1));
        }
        SparseBlock sparse = (SparseBlock) builder.build().wrap(block);
        step(sparse, MaskAction.KEEP);
        freeze(block, false);

        step(sparse, MaskAction.KEEP);
        assertThat(mask(sparse, BASE)).isNull();
        step(sparse, MaskAction.REFRESH);
        step(sparse, MaskAction.KEEP);
        step(sparse, MaskAction.KEEP);

        assertThat(mask(sparse, BASE)).isNotNull();
    }

    @Test
    void unfrozenDuringASearchInTheBackgroundWaitsForTheNext() {
        Block block = block(true);
        SparseBlock sparse =
                (SparseBlock)
                        builder().optBackground(BackgroundRefresh.after(1)).build().wrap(block);
        step(sparse, MaskAction.KEEP);
        step(sparse, MaskAction.REFRESH);
        freeze(block, false);
        sparse.getState(); // reads all layers
        step(sparse, MaskAction.KEEP);
        step(sparse, MaskAction.KEEP);
        assertThat(mask(sparse, BASE)).isNull();
        assertThat(mask(sparse, HEAD)).isNotNull();
    }

    @Test
    void aModelThatIsAllFrozenRunsDenseUntilItIsNot() {
        Block block = block(true);
        block.freezeParameters(true);
        Sparsifier sparsifier = builder().build();
        SparseBlock sparse = (SparseBlock) sparsifier.wrap(block);
        float[] plain = step(block);

        assertThat(step(sparse, MaskAction.KEEP)).isEqualTo(plain);
        assertThat(sparsifier.report().warnings())
                .containsExactly(
                        "no masks: each weight that could carry one is frozen; unfreeze some, name"
                                + " them, or set optFrozen(true)");
        block.freezeParameters(false);
        step(sparse, MaskAction.KEEP);
        assertThat(sparsifier.getMasks().keySet()).containsExactly(BASE, HEAD);
        assertThat(sparsifier.report().warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStateIsTakenUpWhateverIsFrozenThen(boolean frozenAtFirst) throws Exception {
        Path state = folder.resolve("state.safetensors");
        Block block = block(frozenAtFirst);
        Sparsifier first = builder().build();
        first.wrap(block);
        Map<String, Mask> masks = first.getMasks();
        freeze(block, !frozenAtFirst);
        first.save(state);
        Sparsifier second = builder().build();
        second.wrap(block(!frozenAtFirst));

        second.load(state);

        assertThat(second.getMasks()).isEqualTo(masks);
    }

    @Test
    void withoutMasksNoDensityIsShown() {
        Sparsifier early = builder().build();
        early.wrap(new SequentialBlock().add(Linear.builder().setUnits(8).build()));
        assertThat(early.report().toString())
                .containsPattern("(?m)^01Linear_weight +\\? +2:4 +- +- +- +- +auto$")
                .doesNotContain("100.0%");
        Sparsifier off = builder().optSchedule(MaskSchedule.off()).build();
        off.wrap(block(false));
        assertThat(off.report().toString())
                .containsPattern("(?m)^01Linear_weight +\\(8, 8\\) +2:4 +- +- +- +- +enumeration$")
                .doesNotContain("100.0%");
    }

    @Test
    void aBlockThatCallsItselfAnEmbeddingIsOne() {
        Block block = new SequentialBlock().add(new FeatureEmbedding());
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
        String name = "01FeatureEmbedding_embedding";
        assertThat(row(report(block, null), name).reason())
                .isEqualTo("embedding, by its block's name (FeatureEmbedding); name it to mask it");
        assertThat(row(report(block, LayerSelector.named(name)), name).mask()).isNotNull();
    }

    /** An embedding like that of DJL's time series models, which has no class in DJL's API. */
    private static final class FeatureEmbedding extends AbstractBlock {

        private FeatureEmbedding() {
            Parameter table =
                    addParameter(
                            Parameter.builder()
                                    .setName("embedding")
                                    .setType(Parameter.Type.WEIGHT)
                                    .build());
            table.setShape(new Shape(16, 8));
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            return inputs;
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return inputShapes;
        }
    }

    private static SparsityReport report(Block block, @Nullable LayerSelector layers) {
        Sparsifier.Builder builder = builder();
        if (layers == null) {
            builder.optSchedule(MaskSchedule.off());
        } else {
            builder.optLayers(layers);
        }
        Sparsifier sparsifier = builder.build();
        sparsifier.wrap(block);
        return sparsifier.report();
    }

    private static Sparsifier.Builder builder() {
        return Sparsifier.builder().setPattern(NmPattern.of(2, 4));
    }

    private Block block(boolean frozen) {
        Block block =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(8).build())
                        .add(Linear.builder().setUnits(8).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
        for (String name : new String[] {BASE, HEAD}) {
            manager.arange(64f)
                    .mul(name.hashCode() % 7 + 1.3f)
                    .sin()
                    .reshape(8, 8)
                    .copyTo(block.getParameters().get(name).getArray());
        }
        freeze(block, frozen);
        return block;
    }

    private static void freeze(Block block, boolean freeze) {
        block.getChildren().valueAt(0).freezeParameters(freeze);
    }

    private float[] step(SparseBlock sparse, MaskAction action) {
        sparse.plan(action);
        float[] output = step(sparse);
        sparse.endStep(0);
        return output;
    }

    private float[] step(Block block) {
        return block.forward(
                        new ParameterStore(manager, false),
                        new NDList(manager.ones(new Shape(1, 8))),
                        true)
                .head()
                .toFloatArray();
    }

    private static @Nullable Mask mask(SparseBlock sparse, String name) {
        return sparse.getLayers().stream()
                .filter(layer -> layer.name().equals(name))
                .findFirst()
                .orElseThrow()
                .mask();
    }

    private static LayerSparsity row(SparsityReport report, String name) {
        return report.layers().stream()
                .filter(layer -> layer.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static float[] weight(Block block, String name) {
        return block.getParameters().get(name).getArray().toFloatArray();
    }
}
