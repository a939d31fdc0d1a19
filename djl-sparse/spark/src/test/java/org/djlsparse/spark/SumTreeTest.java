package org.djlsparse.spark;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.apache.spark.SparkConf;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.djlsparse.internal.convert.LayerSums;
import org.djlsparse.internal.torch.LeastSquares;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

class SumTreeTest {

    private final NDManager manager = NDManager.newBaseManager();

    private static LayerSums add(LayerSums left, LayerSums right) {
        left.add(right);
        return left;
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** The values' sizes are so different that each order of additions rounds differently. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 13})
    void addsSiblingsInWhateverOrderTheyArrive(int leaves) {
        Random random = new Random(leaves);
        double[] squares = new double[leaves];
        List<Integer> order = new ArrayList<>(IntStream.range(0, leaves).boxed().toList());
        float[] values = new float[leaves];
        for (int i = 0; i < leaves; i++) {
            values[i] = (float) Math.exp(random.nextGaussian() * 8);
            squares[i] = (double) values[i] * values[i];
        }
        double expected = sum(squares, 0, Integer.highestOneBit(leaves) * 2);

        for (int trial = 0; trial < 10; trial++) {
            Collections.shuffle(order, random);
            List<SumTree<LayerSums>> trees = new ArrayList<>();
            order.forEach(i -> trees.add(new SumTree<>(leaves, i, sums(values[i]))));
            while (trees.size() > 1) {
                SumTree<LayerSums> last = trees.remove(trees.size() - 1);
                int at = random.nextInt(trees.size());
                trees.set(at, trees.get(at).merge(last, SumTreeTest::add));
            }
            assertThat(square(trees.get(0).getTotal())).isEqualTo(expected);
        }
    }

    /** Adds the values of a subtree by recursion. */
    private static double sum(double[] values, int first, int size) {
        if (size == 1) {
            return values[first];
        }
        double left = sum(values, first, size / 2);
        int middle = first + size / 2;
        return middle < values.length ? left + sum(values, middle, size / 2) : left;
    }

    @Test
    void aMissingLeafIsAnError() {
        SumTree<LayerSums> tree =
                new SumTree<>(3, 0, sums(1)).merge(new SumTree<>(3, 1, sums(2)), SumTreeTest::add);
        assertThatIllegalStateException()
                .isThrownBy(tree::getTotal)
                .withMessage("sums of 3 tasks: not complete");
        assertThatIllegalStateException().isThrownBy(new SumTree<>(2, 1, sums(1))::getTotal);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sparksSerializersKeepTheSums(boolean kryo) {
        SparkConf conf = new SparkConf();
        SerializerInstance serializer =
                kryo
                        ? new KryoSerializer(conf).newInstance()
                        : new JavaSerializer(conf).newInstance();
        ClassTag<SumTree<LayerSums>> type = ClassTag$.MODULE$.apply(SumTree.class);
        SumTree<LayerSums> first = new SumTree<>(2, 0, sums(3));
        SumTree<LayerSums> copy = serializer.deserialize(serializer.serialize(first, type), type);
        assertThat(square(copy.merge(new SumTree<>(2, 1, sums(4)), SumTreeTest::add).getTotal()))
                .isEqualTo(25);
    }

    private LayerSums sums(float input) {
        try (LeastSquares sums = new LeastSquares(manager, 1, 1, null, 1)) {
            sums.add(
                    manager.create(new float[] {input}, new Shape(1, 1)),
                    manager.ones(new Shape(1, 1)),
                    null,
                    null);
            return new LayerSums(sums.getSums(), 1);
        }
    }

    private double square(LayerSums total) {
        try (LeastSquares sums = new LeastSquares(manager, 1, 1, null, 1)) {
            sums.add(total.getSums());
            return sums.getInputSquares()[0];
        }
    }
}
