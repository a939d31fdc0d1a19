package org.djlsparse.spark;

import org.djlsparse.internal.convert.LayerSums;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

/**
 * The sums of a layer over some of the tasks, added in a fixed order: the tasks are the leaves of a
 * binary tree, and only siblings are added. The total has therefore the same bits in whatever order
 * the sums arrive. Memory: one sum for each part of the tree whose sibling is missing. Not
 * thread-safe.
 */
final class SumTree implements Serializable {

    private static final long serialVersionUID = 1;

    private final int leaves;
    private final HashMap<Integer, Node> nodes = new HashMap<>(); // by first leaf

    /** The sum of {@code 2^level} leaves, or fewer at the right edge. */
    private static final class Node implements Serializable {

        private static final long serialVersionUID = 1;

        private final int level;
        private final LayerSums sums;

        Node(int level, LayerSums sums) {
            this.level = level;
            this.sums = sums;
        }
    }

    /**
     * Creates a tree with one of its leaves.
     *
     * @param leaves the number of leaves
     * @param leaf the leaf's number, from 0
     * @param sums its sums, which the tree may change
     */
    SumTree(int leaves, int leaf, LayerSums sums) {
        this.leaves = leaves;
        add(leaf, new Node(0, sums));
    }

    /** Adds the leaves of another tree, which must not be used afterwards. */
    SumTree merge(SumTree other) {
        for (Map.Entry<Integer, Node> entry : other.nodes.entrySet()) {
            add(entry.getKey(), entry.getValue());
        }
        return this;
    }

    private void add(int leaf, Node node) {
        int first = leaf;
        int level = node.level;
        LayerSums sums = node.sums;
        while (1L << level < leaves) {
            int sibling = first ^ 1 << level;
            if (sibling < leaves) { // otherwise, the tree ends before the sibling
                Node other = nodes.get(sibling);
                if (other == null || other.level != level) {
                    break;
                }
                nodes.remove(sibling);
                if (first < sibling) {
                    sums.add(other.sums);
                } else {
                    other.sums.add(sums);
                    sums = other.sums;
                    first = sibling;
                }
            }
            level++;
        }
        nodes.put(first, new Node(level, sums));
    }

    /**
     * Returns the total.
     *
     * @throws IllegalStateException if a leaf is missing
     */
    LayerSums getTotal() {
        Node root = nodes.get(0);
        if (root == null || 1L << root.level < leaves) {
            throw new IllegalStateException("sums of " + leaves + " tasks: not complete");
        }
        return root.sums;
    }
}
