package org.djlsparse.internal.nn;

import ai.djl.nn.Block;
import ai.djl.util.Pair;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Puts other blocks in the place of some of a tree, and back. Where that is not possible, the block
 * stays, and {@link #getSkipped} tells why.
 *
 * <p>A block that is there several times gets one stand-in. Not safe for use by several threads.
 *
 * @param <S> the class of the stand-ins
 */
public final class BlockReplacement<S extends Block> {

    private final Function<Block, @Nullable S> standIn;
    private final Block root;
    private final IdentityHashMap<Block, S> standIns = new IdentityHashMap<>();
    private final Map<String, S> replaced = new LinkedHashMap<>();
    private final Map<String, String> skipped = new LinkedHashMap<>();
    private final List<Runnable> undo = new ArrayList<>();
    private final Set<Block> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    /**
     * Replaces blocks of a tree.
     *
     * @param root the tree; it is changed
     * @param standIn what to put in a block's place: of the block's own class or one below it; null
     *     to leave the block and go on with its children. It throws {@link
     *     UnsupportedOperationException}, with the reason, for a block that should have been
     *     replaced and cannot be
     */
    public BlockReplacement(Block root, Function<Block, @Nullable S> standIn) {
        this.standIn = standIn;
        this.root = replaceRoot(root);
    }

    private Block replaceRoot(Block block) {
        try {
            S other = standIn.apply(block);
            if (other != null) {
                replaced.put("", other);
                return other;
            }
            visit(block, "");
        } catch (UnsupportedOperationException e) {
            skipped.put("", String.valueOf(e.getMessage()));
        }
        return block;
    }

    private void visit(Block parent, String prefix) {
        if (!seen.add(parent)) {
            return;
        }
        for (Pair<String, Block> entry : parent.getChildren()) {
            String name = prefix + entry.getKey() + "_";
            Block child = entry.getValue();
            try {
                S other = standIns.get(child);
                if (other == null) {
                    other = standIn.apply(child);
                }
                if (other == null) {
                    visit(child, name);
                } else {
                    standIns.put(child, other);
                    replace(parent, child, other);
                    replaced.put(name, other);
                }
            } catch (UnsupportedOperationException e) {
                skipped.put(name, String.valueOf(e.getMessage()));
            }
        }
    }

    private void replace(Block parent, Block child, Block other) {
        List<BlockPlace> changed = new ArrayList<>();
        try {
            for (BlockPlace place : BlockPlace.find(parent, child)) {
                place.set(other);
                changed.add(place);
            }
            if (parent.getChildren().values().stream().anyMatch(block -> block == child)) {
                throw new UnsupportedOperationException(
                        "held by " + parent.getClass().getName() + ", out of reach");
            }
        } catch (UnsupportedOperationException e) {
            changed.forEach(place -> place.set(child));
            throw e;
        }
        changed.forEach(place -> undo.add(() -> place.set(child)));
    }

    /**
     * Returns the tree with the blocks replaced.
     *
     * @return the root; another one than before only if that was replaced itself
     */
    public Block getRoot() {
        return root;
    }

    /**
     * Returns the stand-ins.
     *
     * @return the stand-ins, by what the names of their parameters begin with, such as {@code
     *     02Linear_}; a block that is there several times is named as often
     */
    public Map<String, S> getReplaced() {
        return Collections.unmodifiableMap(replaced);
    }

    /**
     * Returns why blocks could not be replaced.
     *
     * @return the reasons in words, by what the names of the blocks' parameters begin with
     */
    public Map<String, String> getSkipped() {
        return Collections.unmodifiableMap(skipped);
    }

    /** Puts the blocks back. */
    public void undo() {
        undo.forEach(Runnable::run);
        undo.clear();
    }
}
