package org.djlsparse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.loss.Loss;

import org.djlsparse.convert.AdaPrune;
import org.djlsparse.convert.AdaPruneReport;
import org.djlsparse.convert.LayerConversion;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.layer.LayerSparsity;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Tests of a linear block that a model uses twice: one weight with two names. */
class SharedWeightTest {

    private static final NmPattern TWO_FOUR = NmPattern.of(2, 4);
    private static final NmPattern FOUR_EIGHT = NmPattern.of(4, 8);
    private static final String FIRST = "01Linear_weight";
    private static final String SECOND = "03Linear_weight";
    private static final String OTHER = "05Linear_weight";

    @TempDir Path folder;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void isOneWeightInReportMasksAndDensity() {
        Sparsifier sparsifier = builder().build();
        sparsifier.wrap(block());

        SparsityReport report = sparsifier.report();

        assertThat(report.layers())
                .extracting(LayerSparsity::name)
                .containsExactly(FIRST, "01Linear_bias", OTHER, "05Linear_bias");
        assertThat(report.layers().get(0).otherNames()).containsExactly(SECOND);
        assertThat(report.layers().get(1).otherNames()).containsExactly("03Linear_bias");
        assertThat(report.layers().get(2).otherNames()).isEmpty();
        assertThat(sparsifier.getMasks().keySet()).containsExactly(FIRST, OTHER);
        assertThat(report.toString())
                .containsOnlyOnce(SECOND)
                .contains(
                        String.format(
                                "other names of the same weight:%n  01Linear_weight:"
                                        + " 03Linear_weight%n"))
                .contains("2 vectors: type BIAS");
    }

    @Test
    void densityCountsItOnce() {
        Sparsifier sparsifier =
                builder()
                        .optPolicy(
                                LayerPolicy.builder()
                                        .add(LayerSelector.named(OTHER), NmPattern.of(1, 4))
                                        .build())
                        .build();
        sparsifier.wrap(block());
        // 64 entries at density one half, and 128 at one quarter.
        assertThat(sparsifier.report().getDensity()).isEqualTo((32 + 32) / 192.0);
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, SECOND})
    void excludedUnderOneNameIsDense(String name) {
        String reason = "excluded by \"" + name + "\", as \"" + name + "\"";
        LayerSelector layers = LayerSelector.builder().addExclude(name).build();

        assertDense(builder().optLayers(layers).build(), reason);
        assertThat(converted(AdaPrune.builder().setPattern(TWO_FOUR).optLayers(layers)))
                .returns(reason, LayerConversion::reason)
                .returns(null, LayerConversion::pattern);
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, SECOND})
    void refusedByThePredicateUnderOneNameIsDense(String name) {
        assertDense(
                builder()
                        .optLayers(
                                LayerSelector.builder()
                                        .optPredicate((other, parameter) -> !other.equals(name))
                                        .build())
                        .build(),
                "rejected by the predicate, as \"" + name + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, SECOND})
    void denseUnderOneNameIsDense(String name) {
        String reason = "left dense by entry 1 of the policy, as \"" + name + "\"";

        assertDense(
                builder()
                        .optPolicy(
                                LayerPolicy.builder().addDense(LayerSelector.named(name)).build())
                        .build(),
                reason);
        assertThat(
                        converted(
                                AdaPrune.builder()
                                        .setPattern(TWO_FOUR)
                                        .optPolicy(
                                                LayerPolicy.builder()
                                                        .addDense(LayerSelector.named(name))
                                                        .build())))
                .returns(reason, LayerConversion::reason);
    }

    @Test
    void denseUnderOneNameOutdoesAPatternUnderTheOther() {
        assertDense(
                builder()
                        .optPolicy(
                                LayerPolicy.builder()
                                        .add(LayerSelector.matching("01.*"), FOUR_EIGHT)
                                        .addDense(LayerSelector.matching("03.*weight"))
                                        .build())
                        .build(),
                "left dense by entry 2 of the policy, as \"03Linear_weight\"");
        assertDense(
                builder()
                        .optPolicy(
                                LayerPolicy.builder()
                                        .add(LayerSelector.matching("01.*"), FOUR_EIGHT)
                                        .build())
                        .optLayers(LayerSelector.builder().addExclude("03.*").build())
                        .build(),
                "excluded by \"03.*\", as \"03Linear_weight\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, SECOND})
    void aPatternForOneNameIsTheWeights(String name) {
        Sparsifier sparsifier =
                builder()
                        .optPolicy(
                                LayerPolicy.builder()
                                        .add(LayerSelector.named(name), FOUR_EIGHT)
                                        .build())
                        .build();
        Block wrapped = sparsifier.wrap(block());

        assertThat(sparsifier.report().layers().get(0).pattern()).isEqualTo(FOUR_EIGHT);
        assertThat(patternOf(sparsifier)).isEqualTo(FOUR_EIGHT);
        sparsifier.unwrap(wrapped);
        assertThat(zeros(wrapped)).isEqualTo(32);
        assertThat(
                        converted(
                                AdaPrune.builder()
                                        .setPattern(TWO_FOUR)
                                        .optPolicy(
                                                LayerPolicy.builder()
                                                        .add(LayerSelector.named(name), FOUR_EIGHT)
                                                        .build())))
                .returns(FOUR_EIGHT, LayerConversion::pattern);
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, SECOND})
    void eitherNameChoosesIt(String name) {
        Sparsifier sparsifier = builder().optLayers(LayerSelector.named(name)).build();
        sparsifier.wrap(block());
        assertThat(sparsifier.getMasks().keySet()).containsExactly(FIRST);

        Sparsifier matching = builder().optLayers(LayerSelector.matching(name)).build();
        matching.wrap(block());
        assertThat(matching.getMasks().keySet()).containsExactly(FIRST);

        SensitivityReport sensitivity =
                SensitivityReport.measure(
                        block(),
                        List.of(TWO_FOUR),
                        new NDList(manager.ones(new Shape(2, 8))),
                        new NDList(manager.ones(new Shape(2, 16))),
                        Loss.l2Loss(),
                        MaskSolver.auto(),
                        LayerSelector.named(name));
        assertThat(sensitivity.layers()).extracting(LayerSensitivity::name).containsExactly(FIRST);
    }

    @Test
    void differentMasksForItsNamesAreAnError() {
        assertRefused(
                LayerPolicy.builder()
                        .add(LayerSelector.matching("01.*"), TWO_FOUR)
                        .add(LayerSelector.matching("03.*"), FOUR_EIGHT),
                "layers \"01Linear_weight\" and \"03Linear_weight\" share one weight, but entry 1"
                    + " of the policy gives 2:4 to \"01Linear_weight\" and entry 2 of the policy"
                    + " gives 4:8 to \"03Linear_weight\"; select both names in one entry");
        assertRefused(
                LayerPolicy.builder()
                        .add(LayerSelector.named(FIRST), TWO_FOUR, MaskSolver.greedy())
                        .add(LayerSelector.named(SECOND), TWO_FOUR, MaskSolver.exact()),
                "layers \"01Linear_weight\" and \"03Linear_weight\" share one weight, but entry 1"
                        + " of the policy gives 2:4 by solver greedy to \"01Linear_weight\" and"
                        + " entry 2 of the policy gives 2:4 by solver exact to \"03Linear_weight\";"
                        + " select both names in one entry");
        assertRefused(
                LayerPolicy.builder()
                        .add(LayerSelector.named(FIRST), TWO_FOUR, GradientRule.srSte(0.1f))
                        .add(LayerSelector.named(SECOND), TWO_FOUR),
                "layers \"01Linear_weight\" and \"03Linear_weight\" share one weight, but entry 1"
                    + " of the policy gives 2:4 with its own rule to \"01Linear_weight\" and entry"
                    + " 2 of the policy gives 2:4 with its own rule to \"03Linear_weight\"; select"
                    + " both names in one entry");
    }

    @Test
    void equalMasksForItsNamesAreNone() {
        Sparsifier sparsifier =
                builder()
                        .optPolicy(
                                LayerPolicy.builder()
                                        .add(
                                                LayerSelector.named(FIRST),
                                                FOUR_EIGHT,
                                                MaskSolver.exact())
                                        .add(
                                                LayerSelector.named(SECOND),
                                                FOUR_EIGHT,
                                                MaskSolver.exact())
                                        .build())
                        .build();
        sparsifier.wrap(block());
        assertThat(patternOf(sparsifier)).isEqualTo(FOUR_EIGHT);
    }

    @Test
    void namedUnderOneNameAndDenseUnderTheOtherIsAnError() {
        assertRefused(
                LayerPolicy.builder()
                        .addDense(LayerSelector.matching("01.*"))
                        .add(LayerSelector.named(SECOND), FOUR_EIGHT),
                "layer \"03Linear_weight\": named by entry 2 of the policy, but it shares its"
                    + " weight with layer \"01Linear_weight\", which is left dense by entry 1 of"
                    + " the policy, as \"01Linear_weight\"");
        Sparsifier excluded =
                builder()
                        .optLayers(
                                LayerSelector.builder().addName(FIRST).addExclude("03.*").build())
                        .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> excluded.wrap(block()))
                .withMessageStartingWith(
                        "layer \"01Linear_weight\": named by optLayers, but it shares its weight"
                                + " with layer \"03Linear_weight\", which is excluded by");
    }

    @Test
    void aConversionIsReportedUnderBothNames() {
        AdaPruneReport report =
                AdaPrune.builder()
                        .setPattern(TWO_FOUR)
                        .build()
                        .convert(block(), List.of(new NDList(manager.ones(new Shape(4, 8)))));

        assertThat(report.getLayer(SECOND)).isSameAs(report.getLayer(FIRST));
        assertThat(report.layers()).hasSize(4);
        assertThat(report.toString()).contains(FIRST + ": the same weight as " + SECOND);
    }

    @Test
    void aStateIsTakenUpByItsFirstName() throws IOException {
        Path state = folder.resolve("state.safetensors");
        Sparsifier first = builder().build();
        first.wrap(block());
        var masks = first.getMasks();
        first.save(state);
        Sparsifier second = builder().build();
        second.wrap(block(7));
        second.load(state);
        assertThat(second.getMasks()).isEqualTo(masks);
    }

    @Test
    void aFileMustHoldTheSameUnderBothNames() throws IOException {
        Path path = folder.resolve("weights.safetensors");
        Block block = block();
        float[] weight = weight(block).toFloatArray();
        ModelWeights.write(block, path);
        Block other = block(7);
        ModelWeights.read(other, path);
        assertThat(weight(other).toFloatArray()).isEqualTo(weight);

        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int header = (int) buffer.getLong(0);
        String text = new String(bytes, 8, header, StandardCharsets.UTF_8);
        int entry = text.indexOf("\"" + SECOND + "\"");
        int offsets = text.indexOf("data_offsets\":[", entry) + "data_offsets\":[".length();
        int start = Integer.parseInt(text.substring(offsets, text.indexOf(',', offsets)).trim());
        buffer.putFloat(8 + header + start + 4 * 63, 42);
        Files.write(path, bytes);

        Block third = block(7);
        float[] before = weight(third).toFloatArray();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelWeights.read(third, path))
                .withMessage(
                        path
                                + ": parameter \"01Linear_weight\": is also \"03Linear_weight\" in"
                                + " the model: must have the same values under both names");
        assertThat(weight(third).toFloatArray()).isEqualTo(before);
    }

    private static Sparsifier.Builder builder() {
        return Sparsifier.builder().setPattern(TWO_FOUR);
    }

    private Block block() {
        return block(3);
    }

    private Block block(int seed) {
        Linear shared = Linear.builder().setUnits(8).build();
        Block block =
                new SequentialBlock()
                        .add(shared)
                        .add(Activation.reluBlock())
                        .add(shared)
                        .add(Activation.reluBlock())
                        .add(Linear.builder().setUnits(16).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(1, 8));
        NDArray values = manager.arange(64f).add(1).mul(seed).sin().reshape(8, 8);
        values.copyTo(weight(block));
        return block;
    }

    private static NDArray weight(Block block) {
        return block.getParameters().get(FIRST).getArray();
    }

    private static long zeros(Block block) {
        long zeros = 0;
        for (float value : weight(block).toFloatArray()) {
            zeros += value == 0 ? 1 : 0;
        }
        return zeros;
    }

    private static NmPattern patternOf(Sparsifier sparsifier) {
        return Objects.requireNonNull(sparsifier.getMasks().get(FIRST)).getPattern();
    }

    private LayerConversion converted(AdaPrune.Builder builder) {
        return builder.build()
                .convert(block(), List.of(new NDList(manager.ones(new Shape(4, 8)))))
                .getLayer(FIRST);
    }

    /** Checks that the weight is dense according to the report, and after unwrapping. */
    private void assertDense(Sparsifier sparsifier, String reason) {
        Block plain = block();
        Block wrapped = sparsifier.wrap(block());
        assertThat(sparsifier.report().layers().get(0))
                .returns(reason, LayerSparsity::reason)
                .returns(null, LayerSparsity::mask);
        assertThat(sparsifier.getMasks().keySet()).doesNotContain(FIRST, SECOND);
        sparsifier.unwrap(wrapped);
        assertThat(weight(wrapped).toFloatArray()).isEqualTo(weight(plain).toFloatArray());
    }

    private void assertRefused(LayerPolicy.Builder policy, String message) {
        Sparsifier sparsifier = builder().optPolicy(policy.build()).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sparsifier.wrap(block()))
                .withMessage(message);
    }
}
