package org.djlsparse.cli.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CausalTransformerTest {

    private static final int LENGTH = 8;
    private static final int VOCABULARY = 11;

    @Test
    void laterCharactersDoNotChangeEarlierLogits() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = newBlock(manager);
            int[] ids = {1, 2, 3, 4, 5, 6, 7, 8};
            float[] before = logits(block, manager, ids);
            for (int changed = 0; changed < LENGTH; changed++) {
                int[] other = ids.clone();
                other[changed] = 10;

                float[] after = logits(block, manager, other);

                int same = changed * VOCABULARY;
                assertThat(Arrays.copyOf(after, same)).isEqualTo(Arrays.copyOf(before, same));
                assertThat(Arrays.copyOfRange(after, same, same + VOCABULARY))
                        .isNotEqualTo(Arrays.copyOfRange(before, same, same + VOCABULARY));
            }
        }
    }

    @Test
    void sameCharacterReadsDifferentlyAtAnotherPlace() {
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] logits = logits(newBlock(manager), manager, new int[LENGTH]);

            assertThat(Arrays.copyOf(logits, VOCABULARY))
                    .isNotEqualTo(Arrays.copyOfRange(logits, VOCABULARY, 2 * VOCABULARY));
        }
    }

    @Test
    void leavesNothingOnTheModelsManager() {
        try (NDManager model = NDManager.newBaseManager()) {
            Block block = newBlock(model);
            int before = model.getManagedArrays().size();

            try (NDManager batch = model.newSubManager()) {
                logits(block, batch, new int[LENGTH]);
            }

            assertThat(model.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void knowsItsOutputShape() {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(newBlock(manager).getOutputShapes(new Shape[] {new Shape(1, LENGTH)}))
                    .containsExactly(new Shape(1, LENGTH, VOCABULARY));
        }
    }

    @Test
    void headsMustDivideTheEmbedding() {
        assertThatThrownBy(() -> new TransformerSize(8, 10, 4, 16, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("embedding 10: must be a multiple of heads = 4");
    }

    private static Block newBlock(NDManager manager) {
        Block block = new CausalTransformer(VOCABULARY, new TransformerSize(LENGTH, 8, 2, 16, 2));
        block.initialize(manager, DataType.FLOAT32, new Shape(1, LENGTH));
        return block;
    }

    private static float[] logits(Block block, NDManager manager, int[] ids) {
        NDArray input = manager.create(ids, new Shape(1, ids.length));
        return block.forward(new ParameterStore(manager, false), new NDList(input), false)
                .singletonOrThrow()
                .toFloatArray();
    }
}
