package org.djlsparse.embedder;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well the embeddings of a compressed model stand for those of the dense model.
 *
 * @param pearson the correlation of the cosine similarities of all pairs of sentences
 * @param spearman the correlation of the ranks of these similarities
 * @param nearest the share of sentences that have the same nearest neighbour
 * @param cosine the mean cosine similarity of a sentence's two embeddings
 */
record Similarity(double pearson, double spearman, double nearest, double cosine) {

    /**
     * Compares embeddings.
     *
     * @param dense the dense model's, of length 1
     * @param other the compressed model's of the same sentences, of length 1
     * @return the comparison
     * @throws IllegalArgumentException if there are fewer than three sentences, or not as many in
     *     both
     */
    static Similarity of(float[][] dense, float[][] other) {
        int count = dense.length;
        if (count < 3 || other.length != count) {
            throw new IllegalArgumentException(
                    "sentences " + count + " and " + other.length + ": must be equal, 3 or more");
        }
        double[] densePairs = new double[count * (count - 1) / 2];
        double[] otherPairs = new double[densePairs.length];
        int pair = 0;
        int sameNearest = 0;
        double cosine = 0;
        for (int i = 0; i < count; i++) {
            int row = i;
            for (int j = 0; j < i; j++) {
                densePairs[pair] = product(dense[i], dense[j]);
                otherPairs[pair++] = product(other[i], other[j]);
            }
            sameNearest += nearest(dense, row) == nearest(other, row) ? 1 : 0;
            cosine += product(dense[i], other[i]) / count;
        }
        return new Similarity(
                correlation(densePairs, otherPairs),
                correlation(ranks(densePairs), ranks(otherPairs)),
                (double) sameNearest / count,
                cosine);
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static int nearest(float[][] vectors, int row) {
        return IntStream.range(0, vectors.length)
                .filter(i -> i != row)
                .boxed()
                .max(Comparator.comparingDouble(i -> product(vectors[row], vectors[i])))
                .orElseThrow();
    }

    /** Returns Pearson's correlation. */
    static double correlation(double[] a, double[] b) {
        double meanA = IntStream.range(0, a.length).mapToDouble(i -> a[i]).average().orElseThrow();
        double meanB = IntStream.range(0, b.length).mapToDouble(i -> b[i]).average().orElseThrow();
        double products = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            products += (a[i] - meanA) * (b[i] - meanB);
            squaresA += (a[i] - meanA) * (a[i] - meanA);
            squaresB += (b[i] - meanB) * (b[i] - meanB);
        }
        return products / Math.sqrt(squaresA * squaresB);
    }

    /** Returns the rank of each value; equal values have the mean of their ranks. */
    static double[] ranks(double[] values) {
        List<Integer> order =
                IntStream.range(0, values.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> values[i]))
                        .toList();
        double[] ranks = new double[values.length];
        for (int start = 0; start < values.length; ) {
            int end = start;
            while (end < values.length && values[order.get(end)] == values[order.get(start)]) {
                end++;
            }
            for (int i = start; i < end; i++) {
                ranks[order.get(i)] = (start + end - 1) / 2.0;
            }
            start = end;
        }
        return ranks;
    }
}
