package org.djlsparse.spark;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class SplitStateTest {

    private static final WeightShape SHAPE = new WeightShape(8, 6, 9);

    private static final Mask MASK =
            MaskSolver.auto().solve(random(SHAPE.size()), SHAPE, NmPattern.of(2, 4));

    private static float[] random(int size) {
        Random random = new Random(2);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static RoundState state() {
        return new RoundState(
                List.of(
                        new FloatTensor("01Conv_weight", new long[] {8, 6, 3, 3}, random(432)),
                        new FloatTensor("01Conv_bias", new long[] {8}, random(8))),
                List.of(
                        new FloatTensor(
                                "optimizer/a.B.m/01Conv_weight",
                                new long[] {8, 6, 3, 3},
                                random(432)),
                        new FloatTensor("optimizer/a.B.t/01Conv_weight", new long[] {}, random(1))),
                List.of(MaskBits.of("01Conv_weight", MASK)),
                Map.of("step", "3", "watched", "false"));
    }

    @Test
    void masksTravelAsBits() {
        MaskBits bits = MaskBits.of("w", MASK);
        assertThat(bits.toMask()).isEqualTo(MASK);
        assertThat(bits.getKeptCount()).isEqualTo(MASK.getKeptCount());
        assertThat(bits.getByteCount()).isEqualTo(8 * 7);
        assertThat(bits.isSameAs(MaskBits.of("w", MASK))).isTrue();
        assertThat(bits.isSameAs(MaskBits.of("v", MASK))).isFalse();
    }

    @Test
    void thePartsMakeTheWhole() {
        SplitState parts = SplitState.of(state());
        int kept = (int) MASK.getKeptCount();
        assertThat(parts.common().getTensors())
                .extracting(tensor -> tensor.getValues().length)
                .containsExactly(kept, 8, kept, 1);
        assertThat(parts.pruned()).hasDimensions(2, 432 - kept);
        assertThat(parts.getPrunedByteCount()).isEqualTo(2L * 4 * (432 - kept));

        assertThat(values(parts.join())).isEqualTo(values(state()));
    }

    @Test
    void unknownPrunedEntriesAreZero() {
        RoundState joined = new SplitState(SplitState.of(state()).common(), new float[0][]).join();
        boolean[] keep = MASK.toBooleanArray();
        float[] expected = random(432);
        for (int i = 0; i < expected.length; i++) {
            expected[i] = keep[i] ? expected[i] : 0;
        }
        assertThat(joined.getWeights().get(0).getValues()).isEqualTo(expected);
        assertThat(joined.getOptimizer().get(0).getValues()).isEqualTo(expected);
        assertThat(joined.getOptimizer().get(1).getValues()).isEqualTo(random(1));
    }

    private static float[][] values(RoundState state) {
        return state.getTensors().stream().map(FloatTensor::getValues).toArray(float[][]::new);
    }
}
