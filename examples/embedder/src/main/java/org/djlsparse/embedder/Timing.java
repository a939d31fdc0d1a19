package org.djlsparse.embedder;

import ai.djl.translate.TranslateException;

import java.util.Arrays;
import java.util.List;

/**
 * Times of two embedders that take turns, so that other programs on the machine slow both.
 *
 * @param dense milliseconds per sentence, the median of the turns
 * @param sparse milliseconds per sentence, the median of the turns
 */
record Timing(double dense, double sparse) {

    private static final int TURNS = 7;

    /** Times two embedders on the same sentences. */
    static Timing of(SentenceEmbedder dense, SentenceEmbedder sparse, List<String> sentences)
            throws TranslateException {
        time(dense, sentences);
        time(sparse, sentences); // includes the kernels' first products
        double[] denseTimes = new double[TURNS];
        double[] sparseTimes = new double[TURNS];
        for (int i = 0; i < TURNS; i++) {
            denseTimes[i] = time(dense, sentences);
            sparseTimes[i] = time(sparse, sentences);
        }
        return new Timing(median(denseTimes), median(sparseTimes));
    }

    private static double time(SentenceEmbedder embedder, List<String> sentences)
            throws TranslateException {
        long start = System.nanoTime();
        embedder.embed(sentences);
        return (System.nanoTime() - start) / 1e6 / sentences.size();
    }

    private static double median(double[] times) {
        Arrays.sort(times);
        return times[times.length / 2];
    }
}
