package org.djlsparse.internal.nn;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.djlsparse.internal.torch.HookRegistry;
import org.djlsparse.internal.torch.ProductKernelChooser;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.kernel.LinearKernel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class KernelReplacementTest {

    @BeforeEach
    void check() {
        assumeTrue(HookRegistry.getReason() == null, HookRegistry.getReason());
    }

    @Test
    void blocksOfATreeAreReplacedAndPutBack() {
        BertBlock bert = BertBlock.builder().nano().setTokenDictionarySize(40).build();
        List<String> names = bert.getParameters().keys();
        Set<Block> before = linears(bert);
        assertThat(before).hasSize(25);

        KernelReplacement replacement = replace(bert);

        Set<Block> standIns = linears(bert);
        assertThat(replacement.getRoot()).isSameAs(bert);
        assertThat(standIns).hasSize(25).allMatch(block -> block instanceof SparseLinear);
        assertThat(bert.getParameters().keys()).isEqualTo(names);
        assertThat(replacement.getKernels())
                .hasSize(25)
                .containsEntry(
                        "05transformer_0_01selfAttention_01keyProjection_weight",
                        "dense: no forward pass yet");

        replacement.undo();
        assertThat(linears(bert)).isEqualTo(before);
    }

    @Test
    void fieldsAreSetAsWell() {
        ScaledDotProductAttentionBlock attention =
                ScaledDotProductAttentionBlock.builder()
                        .setEmbeddingSize(8)
                        .setHeadCount(2)
                        .build();
        Linear key = attention.getKeyProjection();

        KernelReplacement replacement = replace(attention);

        assertThat(attention.getKeyProjection()).isInstanceOf(SparseLinear.class);
        assertThat(attention.getKeyProjection().getDirectParameters().get("weight"))
                .isSameAs(key.getDirectParameters().get("weight"));
        assertThat(attention.getChildren().values()).contains(attention.getKeyProjection());
        replacement.undo();
        assertThat(attention.getKeyProjection()).isSameAs(key);
        assertThat(attention.getChildren().values()).contains(key);
    }

    @Test
    void aBlockThatIsHeldTwiceStaysOne() {
        Linear linear = linear();
        SequentialBlock inner = new SequentialBlock().add(linear);
        SequentialBlock root = new SequentialBlock().add(linear).add(linear).add(inner).add(inner);

        KernelReplacement replacement = replace(root);

        Block standIn = root.getChildren().valueAt(0);
        assertThat(standIn).isInstanceOf(SparseLinear.class);
        assertThat(root.getChildren().valueAt(1)).isSameAs(standIn);
        assertThat(inner.getChildren().valueAt(0)).isSameAs(standIn);
        replacement.undo();
        assertThat(root.getChildren().valueAt(0)).isSameAs(linear);
        assertThat(root.getChildren().valueAt(1)).isSameAs(linear);
        assertThat(inner.getChildren().valueAt(0)).isSameAs(linear);
    }

    @Test
    void theRootItselfMayBeLinear() {
        Linear linear = linear();

        KernelReplacement replacement = replace(linear);

        assertThat(replacement.getRoot()).isInstanceOf(SparseLinear.class);
        assertThat(replacement.getKernels()).containsOnlyKeys("weight");
    }

    @Test
    void whatCannotBeReplacedStaysWithAReason() {
        SequentialBlock root =
                new SequentialBlock()
                        .add(new Special())
                        .add(new HoldsList())
                        .add(new GivesOut())
                        .add(new HoldsFinal());

        KernelReplacement replacement = replace(root);

        String here = KernelReplacementTest.class.getName();
        assertThat(replacement.getKernels())
                .containsEntry(
                        "01Special_weight",
                        "dense: " + here + "$Special is not DJL's Linear itself")
                .containsEntry(
                        "02HoldsList_01first_weight",
                        "dense: held in private final java.util.List " + here + "$HoldsList.list")
                .containsEntry(
                        "03GivesOut_01first_weight",
                        "dense: held by " + here + "$GivesOut, out of reach")
                .containsEntry("04HoldsFinal_01first_weight", "dense: no forward pass yet")
                .hasSize(4);
        for (int i = 1; i < 3; i++) {
            Block child = root.getChildren().valueAt(i).getChildren().valueAt(0);
            assertThat(child).isNotInstanceOf(SparseLinear.class);
        }
        HoldsFinal last = (HoldsFinal) root.getChildren().valueAt(3);
        assertThat(last.field).isInstanceOf(SparseLinear.class);
        replacement.undo();
        assertThat(last.field).isNotInstanceOf(SparseLinear.class);
    }

    private static KernelReplacement replace(Block root) {
        return new KernelReplacement(
                root,
                ProductKernelChooser.always(ProductKernels.of(LinearKernel.packed())),
                new HookRegistry(),
                null);
    }

    private static Linear linear() {
        return Linear.builder().setUnits(8).build();
    }

    private static Set<Block> linears(Block root) {
        Set<Block> found = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Block child : root.getChildren().values()) {
            if (child instanceof Linear) {
                found.add(child);
            } else {
                found.addAll(linears(child));
            }
        }
        return found;
    }

    /** A subclass of Linear that may compute anything. */
    private static class Special extends Linear {

        Special() {
            super(Linear.builder().setUnits(4));
        }
    }

    /** A block with one linear block. */
    private abstract static class Holder extends AbstractBlock {

        final Linear newChild(Linear linear) {
            return addChildBlock("first", linear);
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            return children.valueAt(0).forward(store, inputs, training, params);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return children.valueAt(0).getOutputShapes(inputs);
        }

        @Override
        protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
            children.valueAt(0).initialize(manager, type, shapes);
        }
    }

    private static final class HoldsList extends Holder {
        private final List<Block> list = new ArrayList<>();

        HoldsList() {
            list.add(newChild(linear()));
        }

        @Override
        public String toString() {
            return list.toString();
        }
    }

    private static final class HoldsFinal extends Holder {
        private final Linear field = newChild(linear());
    }

    /** A block whose children are not in the list of DJL's blocks. */
    private static final class GivesOut extends Holder {
        private final Supplier<Linear> child;

        GivesOut() {
            Linear linear = newChild(linear());
            child = () -> linear;
        }

        @Override
        public BlockList getChildren() {
            return new BlockList(List.of("01first"), List.of(child.get()));
        }
    }
}
