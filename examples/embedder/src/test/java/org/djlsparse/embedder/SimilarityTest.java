package org.djlsparse.embedder;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class SimilarityTest {

    private static final float[][] ANGLES = {at(0), at(10), at(90), at(130)};

    @Test
    void equalEmbeddingsAreAlike() {
        Similarity same = Similarity.of(ANGLES, ANGLES);
        assertThat(same.pearson()).isCloseTo(1, within(1e-12));
        assertThat(same.spearman()).isCloseTo(1, within(1e-12));
        assertThat(same.nearest()).isEqualTo(1);
        assertThat(same.cosine()).isCloseTo(1, within(1e-6));
    }

    @Test
    void aRotationKeepsSimilaritiesAndLosesCosines() {
        float[][] rotated = {at(60), at(70), at(150), at(190)};
        Similarity similarity = Similarity.of(ANGLES, rotated);
        assertThat(similarity.pearson()).isCloseTo(1, within(1e-6));
        assertThat(similarity.nearest()).isEqualTo(1);
        assertThat(similarity.cosine()).isCloseTo(0.5, within(1e-6));
    }

    @Test
    void countsNearestNeighbours() {
        // The second is now nearest to the third, and the third to the second.
        Similarity similarity =
                Similarity.of(ANGLES, new float[][] {at(0), at(80), at(90), at(179)});
        assertThat(similarity.nearest()).isEqualTo(0.5);
    }

    /** Expected values: R's cor(a, b), and cor(a, b, method = "spearman"), which ranks ties so. */
    @Test
    void correlations() {
        double[] a = {1, 2, 3, 4, 5};
        double[] b = {2, 1, 4, 3, 5};
        assertThat(Similarity.correlation(a, b)).isCloseTo(0.8, within(1e-12));
        assertThat(Similarity.correlation(a, new double[] {5, 4, 3, 2, 1}))
                .isCloseTo(-1, within(1e-12));
        assertThat(Similarity.ranks(new double[] {0.5, -1, 0.5, 7}))
                .containsExactly(1.5, 0, 1.5, 3);
    }

    @Test
    void needsThreeSentences() {
        assertThatThrownBy(() -> Similarity.of(ANGLES, new float[][] {at(0)}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sentences 4 and 1: must be equal, 3 or more");
    }

    private static float[] at(double degrees) {
        double angle = Math.toRadians(degrees);
        return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
    }
}
