package org.djlsparse.spark;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BinaryOperator;

/**
 * The sums over some of the tasks, added in a fixed order: the tasks are the leaves of a binary
 * tree, and only siblings are added, the lower one first: the sum of four is {@code (s0 + s1) + (s2
 * + s3)}. The total has therefore the same bits in whatever order the sums arrive. Memory: one sum
 * for each part of the tree whose sibling is missing. Not thread-safe.
 *
 * @param <S> the sums
 */
final class SumTree<S extends Serializable> implements Serializable {

    private static final long serialVersionUID = 1;

    private final int leaves;
    private final HashMap<Integer, Node<S>> nodes = new HashMap<>(); // by first leaf

    /** The sum of {@code 2^level} leaves, or fewer at the right edge. */
    private static final class Node<S extends Serializable> implements Serializable {

        private static final long serialVersionUID = 1;

        private final int level;
        private final S sums;

        Node(int level, S sums) {
            this.level = level;
            this.sums = sums;
        }
    }

    /**
     * Creates a tree with one of its leaves.
     *
     * @param leaves the number of leaves
     * @param leaf the leaf's number, from 0
     * @param sums its sums
     */
    SumTree(int leaves, int leaf, S sums) {
        this.leaves = leaves;
        add(
                leaf,
                new Node<>(0, sums),
                (left, right) -> {
                    throw new IllegalStateException("a single leaf has no sibling");
                });
    }

    /**
     * Adds the leaves of another tree, which must not be used afterwards.
     *
     * @param addition adds the sums of siblings, and may change them
     */
    SumTree<S> merge(SumTree<S> other, BinaryOperator<S> addition) {
        for (Map.Entry<Integer, Node<S>> entry : other.nodes.entrySet()) {
            add(entry.getKey(), entry.getValue(), addition);
        }
        return this;
    }

    private void add(int leaf, Node<S> node, BinaryOperator<S> addition) {
        int first = leaf;
        int level = node.level;
        S sums = node.sums;
        while (1L << level < leaves) {
            int sibling = first ^ 1 << level;
            if (sibling < leaves) { // otherwise, the tree ends before the sibling
                Node<S> other = nodes.get(sibling);
                if (other == null || other.level != level) {
                    break;
                }
                nodes.remove(sibling);
                sums =
                        first < sibling
                                ? addition.apply(sums, other.sums)
                                : addition.apply(other.sums, sums);
                first = Math.min(first, sibling);
            }
            level++;
        }
        nodes.put(first, new Node<>(level, sums));
    }

    /** Returns the number of sums that wait for their siblings. */
    int size() {
        return nodes.size();
    }

    /**
     * Returns the total.
     *
     * @throws IllegalStateException if a leaf is missing
     */
    S getTotal() {
        Node<S> root = nodes.get(0);
        if (root == null || 1L << root.level < leaves) {
            throw new IllegalStateException("sums of " + leaves + " tasks: not complete");
        }
        return root.sums;
    }
}
