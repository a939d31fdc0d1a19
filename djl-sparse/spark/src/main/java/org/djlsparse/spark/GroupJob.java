package org.djlsparse.spark;

import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.TaskCompletionListener;
import org.djlsparse.internal.convert.FittedLayer;
import org.djlsparse.internal.convert.LayerGroup;
import org.djlsparse.internal.convert.LayerSums;

import java.io.Serializable;
import java.util.Iterator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import scala.Tuple2;

/**
 * The job that fits a group of layers. Each task with samples yields a sum for each layer; sums are
 * added in a tree of shuffles, so that a task holds only a few sums of one layer; and each layer is
 * fitted where its total is. Only weights return to the driver.
 */
final class GroupJob implements Serializable {

    private static final long serialVersionUID = 1;

    /** The number of sums of one layer that a task adds; at most three are in memory at once. */
    static final int FAN_IN = 4;

    private final TaskInputs inputs;
    private final LayerGroup group;

    GroupJob(TaskInputs inputs, LayerGroup group) {
        this.inputs = inputs;
        this.group = group;
    }

    /** Returns the fitted layers with their indices, in any order. */
    JavaRDD<Tuple2<Integer, Outcome<FittedLayer>>> newJob(JavaSparkContext spark) {
        int leaves = group.getParts().length;
        int trees = treesOf(leaves);
        JavaPairRDD<Integer, SumTree<LayerSums>> sums =
                merge(
                        spark.parallelize(IntStream.range(0, leaves).boxed().toList(), leaves)
                                .flatMapToPair(this::sum),
                        trees);
        while (trees > 1) {
            int count = trees;
            trees = treesOf(count);
            sums = merge(sums.mapToPair(tree -> plant(tree, count)), trees);
        }
        // Each key is a layer now.
        return sums.map(tree -> new Tuple2<>(tree._1, fit(tree._1, tree._2)));
    }

    private static int treesOf(int leaves) {
        return (leaves + FAN_IN - 1) / FAN_IN;
    }

    /** Adds the leaves of each tree, without adding on the sending side, where nothing meets. */
    private JavaPairRDD<Integer, SumTree<LayerSums>> merge(
            JavaPairRDD<Integer, SumTree<LayerSums>> leaves, int trees) {
        return leaves.combineByKey(
                tree -> tree,
                GroupJob::add,
                GroupJob::add,
                new HashPartitioner(group.size() * trees),
                false,
                null);
    }

    private static SumTree<LayerSums> add(SumTree<LayerSums> one, SumTree<LayerSums> other) {
        return one.merge(
                other,
                (left, right) -> {
                    left.add(right);
                    return left;
                });
    }

    /** Makes a sum a leaf of a tree; the key says which tree of which layer. */
    private static Tuple2<Integer, SumTree<LayerSums>> leaf(
            int layer, int index, int count, LayerSums sums) {
        int tree = index / FAN_IN;
        int leaves = Math.min(FAN_IN, count - tree * FAN_IN);
        return new Tuple2<>(
                layer * treesOf(count) + tree, new SumTree<>(leaves, index % FAN_IN, sums));
    }

    private static Tuple2<Integer, SumTree<LayerSums>> plant(
            Tuple2<Integer, SumTree<LayerSums>> tree, int count) {
        return leaf(tree._1 / count, tree._1 % count, count, tree._2.getTotal());
    }

    private Iterator<Tuple2<Integer, SumTree<LayerSums>>> sum(int index) {
        ModelCopy copy = inputs.openModel();
        closeAfterTask(copy::close);
        int[] parts = group.getParts();
        Stream<LayerSums> sums =
                group.sum(
                        parts[index],
                        copy.getBlock(),
                        inputs.getSamples(copy.getManager(), parts[index]));
        // Listeners are called in reverse order.
        closeAfterTask(sums::close);
        Iterator<LayerSums> layers = sums.iterator();
        return IntStream.range(0, group.size())
                .mapToObj(layer -> leaf(layer, index, parts.length, layers.next()))
                .iterator();
    }

    private static void closeAfterTask(Runnable close) {
        // Without the type, Java cannot choose between this and Scala's listeners.
        TaskCompletionListener listener = context -> close.run();
        TaskContext.get().addTaskCompletionListener(listener);
    }

    private Outcome<FittedLayer> fit(int layer, SumTree<LayerSums> tree) {
        return Outcome.of(
                () -> {
                    try (ModelCopy copy = inputs.openModel()) {
                        return group.fit(layer, tree.getTotal(), copy.getBlock());
                    }
                });
    }
}
