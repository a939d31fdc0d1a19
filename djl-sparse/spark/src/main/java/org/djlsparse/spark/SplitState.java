package org.djlsparse.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A state in two parts: all but the pruned entries, and these. */
final class SplitState {

    private static final float[][] NOTHING = {};

    private final RoundState common;
    private final float[][] pruned;

    /**
     * Creates a state.
     *
     * @param common the state, in which tensors with a mask may have only the kept entries
     * @param pruned the pruned entries of these tensors, in their order; empty if they are unknown
     */
    SplitState(RoundState common, float[][] pruned) {
        this.common = common;
        this.pruned = pruned;
    }

    /** Returns a state that is not divided. */
    static SplitState whole(RoundState state) {
        return new SplitState(state, NOTHING);
    }

    /** Divides a state. */
    static SplitState of(RoundState state) {
        Map<String, MaskBits> masks = masks(state);
        List<FloatTensor> kept = new ArrayList<>();
        List<float[]> pruned = new ArrayList<>();
        for (FloatTensor tensor : state.getTensors()) {
            MaskBits mask = masks.get(RoundState.parameterOf(tensor.getName()));
            if (mask == null || mask.getSize() != tensor.getSize()) {
                kept.add(tensor);
            } else {
                kept.add(tensor.withValues(mask.select(tensor.getValues(), true)));
                pruned.add(mask.select(tensor.getValues(), false));
            }
        }
        return new SplitState(state.withTensors(kept), pruned.toArray(NOTHING));
    }

    RoundState common() {
        return common;
    }

    float[][] pruned() {
        return pruned;
    }

    /** Joins the parts. Without the second, pruned entries are zero. */
    RoundState join() {
        Map<String, MaskBits> masks = masks(common);
        List<FloatTensor> joined = new ArrayList<>();
        int next = 0;
        for (FloatTensor tensor : common.getTensors()) {
            int missing = (int) (tensor.getSize() - tensor.getValues().length);
            MaskBits mask = masks.get(RoundState.parameterOf(tensor.getName()));
            if (missing == 0 || mask == null) {
                joined.add(tensor);
            } else {
                float[] rest = pruned.length == 0 ? new float[missing] : pruned[next++];
                joined.add(tensor.withValues(mask.join(tensor.getValues(), rest)));
            }
        }
        return common.withTensors(joined);
    }

    long getPrunedByteCount() {
        long bytes = 0;
        for (float[] values : pruned) {
            bytes += (long) values.length * Float.BYTES;
        }
        return bytes;
    }

    private static Map<String, MaskBits> masks(RoundState state) {
        Map<String, MaskBits> masks = new HashMap<>();
        state.getMasks().forEach(mask -> masks.put(mask.getName(), mask));
        return masks;
    }
}
