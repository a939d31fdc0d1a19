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
 * A replacement of some blocks of a tree by stand-ins, which can be undone. A block that cannot be
 * replaced stays; {@link #getSkipped} gives the reason.
 *
 * <p>A block that occurs several times gets one stand-in. Not thread-safe.
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
     * @param root the root of the tree, which is changed
     * @param standIn returns the stand-in of a block, of the block's class or a subclass; or null,
     *     to keep the block and go on with its children. It throws {@link
     *     UnsupportedOperationException}, with the reason, for a block that should be replaced but
     *     cannot be
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
     * @return the root; differs from the original only if the root itself was replaced
     */
    public Block getRoot() {
        return root;
    }

    /**
     * Returns the stand-ins.
     *
     * @return the stand-ins, by the prefix of their parameters' names, such as {@code 02Linear_}; a
     *     block that occurs several times has an entry for each occurrence
     */
    public Map<String, S> getReplaced() {
        return Collections.unmodifiableMap(replaced);
    }

    /**
     * Returns the reasons why blocks could not be replaced.
     *
     * @return the reasons in words, by the prefix of the blocks' parameter names
     */
    public Map<String, String> getSkipped() {
        return Collections.unmodifiableMap(skipped);
    }

    /** Puts the original blocks back. */
    public void undo() {
        undo.forEach(Runnable::run);
        undo.clear();
    }
}
