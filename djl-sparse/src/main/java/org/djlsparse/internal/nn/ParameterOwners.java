package org.djlsparse.internal.nn;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The blocks of a tree that compute with each of its parameters. */
public final class ParameterOwners {

    private final IdentityHashMap<Parameter, List<Block>> owners = new IdentityHashMap<>();
    private final Set<Block> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    /**
     * Collects the owners of a tree's parameters.
     *
     * @param root the root of the tree
     */
    public ParameterOwners(Block root) {
        visit(root);
    }

    private void visit(Block block) {
        if (block instanceof SparseBlock wrapper) {
            visit(wrapper.getWrapped());
            return;
        }
        if (!seen.add(block)) {
            return;
        }
        for (Parameter parameter : block.getDirectParameters().values()) {
            owners.computeIfAbsent(parameter, ignored -> new ArrayList<>()).add(block);
        }
        for (Block child : block.getChildren().values()) {
            visit(child);
        }
    }

    /**
     * Returns the blocks that hold a parameter directly.
     *
     * @param parameter the parameter
     * @return the blocks, each once, in the order of the tree; more than one if they share the
     *     parameter
     */
    public List<Block> of(Parameter parameter) {
        return Collections.unmodifiableList(owners.getOrDefault(parameter, List.of()));
    }
}
