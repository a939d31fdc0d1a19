package org.djlsparse.internal.mask;

import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests with the names and shapes of published models. */
class DenseReasonTest {

    private static final long[] MATRIX = {64, 32};
    private static final long[] CONVOLUTION = {64, 32, 3, 3};

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | 0 dimensions, not [out, in] or [out, in, k1, ...]",
                "64 | 1 dimension, not [out, in] or [out, in, k1, ...]",
                "64 0 3 | 0 entries",
                "0 9223372036854775807 9223372036854775807 | 0 entries",
                "3 5 | more than 14 entries",
                "4294967296 4294967296 | more than 14 entries",
                "2 7 |",
                "1 1 1 |",
            })
    void saysWhichShapesCarryNoMask(String shape, String reason) {
        assertThat(DenseReason.forShape(dimensions(shape), 14)).isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3 64 | '3 outputs, fewer than M = 4'",
                "1 1 | '1 outputs, fewer than M = 4'",
                "64 3 7 7 | '3 inputs, fewer than M = 4'",
                "32 1 3 3 | '1 inputs, fewer than M = 4'",
                "4 4 |",
                "5 6 1 1 |",
            })
    void saysWhichShapesAPatternDoesNotFit(String shape, String reason) {
        assertThat(DenseReason.forPattern(dimensions(shape), NmPattern.of(2, 4))).isEqualTo(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert.embeddings.word_embeddings.weight",
                "bert.embeddings.token_type_embeddings.weight",
                "model.embed_tokens.weight",
                "decoder.embed_tokens.0.weight",
                "tok_embeddings.weight",
                "transformer.wte.weight",
                "text_model.embeddings.token_embedding.weight",
                "encoder/embedding/embedding:0",
                "01tokenEmbedding_embedding",
                "tokEmb.weight",
                "emb",
            })
    void knowsEmbeddings(String name) {
        assertThat(reason(name, MATRIX, Map.of())).isEqualTo("embedding, by its name");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "transformer.wpe.weight",
                "positional_embedding",
                "bert.embeddings.position_embeddings.weight",
                "vit.pos_embed",
                "encoder.pos_table",
                "position",
                "layers.0.blocks.1.attn.relative_position_bias_table",
                "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                "blocks.2.attn.rel_pos_h",
            })
    void knowsTablesOfPositions(String name) {
        assertThat(reason(name, MATRIX, Map.of())).isEqualTo("table of positions, by its name");
        assertThat(reason(name, new long[] {8, 64, 64}, Map.of()))
                .isEqualTo("table of positions, by its name");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert.encoder.layer.0.attention.self.query.weight",
                "embedder.block.1.attention.q.weight",
                "model.embeddings.encoder.0.weight",
                "self_attn.linear_pos.weight",
                "ensemble.0.weight",
                "assembly.weight",
                "decomposition.weight",
                "lm_head.weight",
                "weight",
                "02layer0_01selfAttention_01keyProjection_weight",
            })
    void takesOthersForProducts(String name) {
        assertThat(reason(name, MATRIX, Map.of())).isNull();
    }

    @Test
    void whatHasABiasIsNoTable() {
        for (String name : new String[] {"time_embed.0.", "emb_layers.1.", "pos_embed."}) {
            assertThat(reason(name + "weight", MATRIX, Map.of(name + "bias", new long[] {64})))
                    .isNull();
        }
        assertThat(reason("embed/kernel", MATRIX, Map.of("embed/bias", new long[] {32}))).isNull();
        assertThat(reason("in_embed_weight", MATRIX, Map.of("in_embed_bias", new long[] {64})))
                .isNull();
    }

    @Test
    void convolutionsMakePatches() {
        assertThat(reason("patch_embedding.weight", CONVOLUTION, Map.of())).isNull();
        assertThat(reason("patch_embed.proj.weight", CONVOLUTION, Map.of())).isNull();
    }

    @Test
    void theBiasTellsTransposedConvolutions() {
        assertThat(reason("up.weight", CONVOLUTION, Map.of("up.bias", new long[] {32})))
                .isEqualTo(
                        "its bias is of 32 outputs, not 64: not [out, in, k1, ...], such as a"
                                + " transposed convolution");
        assertThat(reason("conv.weight", CONVOLUTION, Map.of("conv.bias", new long[] {64})))
                .isNull();
        // GPT-2 stores its matrices as [in, out], which makes no difference to transposable masks.
        assertThat(reason("h.0.attn.c_attn.weight", MATRIX, Map.of("h.0.attn.c_attn.bias", MATRIX)))
                .isNull();
    }

    @Test
    void theNameTellsTransposedConvolutions() {
        long[] square = {64, 64, 2, 2};
        for (String name :
                new String[] {
                    "conv_transpose.weight", "01Conv2dTranspose_weight", "deconv1.weight"
                }) {
            assertThat(reason(name, square, Map.of()))
                    .isEqualTo("transposed convolution, by its name");
        }
        assertThat(reason("transposed_attention.weight", square, Map.of())).isNull();
    }

    private static @Nullable String reason(String name, long[] shape, Map<String, long[]> others) {
        return DenseReason.forName(name, shape, other -> Optional.ofNullable(others.get(other)));
    }

    private static long[] dimensions(String text) {
        return Arrays.stream(text.split(" "))
                .filter(each -> !each.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
    }
}
