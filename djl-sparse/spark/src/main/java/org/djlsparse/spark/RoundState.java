package org.djlsparse.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * All that a training consists of between two steps, on the heap: weights, optimizer state, masks,
 * and the notes of {@code Sparsifier.save} (position, counts of the optimizer, state of rules).
 * Immutable. Its collections are the JDK's old ones, which Kryo knows as well.
 */
final class RoundState implements Serializable {

    private static final long serialVersionUID = 1;

    private static final String OPTIMIZER = "optimizer/"; // field, "/", parameter
    private static final String OPTIMIZER_NOTE = "optimizer.";

    private final ArrayList<FloatTensor> weights;
    private final ArrayList<FloatTensor> optimizer;
    private final ArrayList<MaskBits> masks;
    private final TreeMap<String, String> notes;

    RoundState(
            List<FloatTensor> weights,
            List<FloatTensor> optimizer,
            List<MaskBits> masks,
            Map<String, String> notes) {
        this.weights = new ArrayList<>(weights);
        this.optimizer = new ArrayList<>(optimizer);
        this.masks = new ArrayList<>(masks);
        this.notes = new TreeMap<>(notes);
    }

    /** Returns the parameters, each once, by its first name. */
    List<FloatTensor> getWeights() {
        return Collections.unmodifiableList(weights);
    }

    List<FloatTensor> getOptimizer() {
        return Collections.unmodifiableList(optimizer);
    }

    /** Returns the weights and the optimizer's arrays. */
    List<FloatTensor> getTensors() {
        List<FloatTensor> all = new ArrayList<>(weights);
        all.addAll(optimizer);
        return all;
    }

    List<MaskBits> getMasks() {
        return Collections.unmodifiableList(masks);
    }

    Map<String, String> getNotes() {
        return Collections.unmodifiableMap(notes);
    }

    /** Returns the number of steps so far. */
    long getStep() {
        return Long.parseLong(Objects.requireNonNull(notes.get("step")));
    }

    /** Returns whether there are masks, and not only to count flips in a dense warm-up. */
    boolean hasMasks() {
        return !masks.isEmpty() && !Boolean.parseBoolean(notes.get("watched"));
    }

    String getOptimizerName() {
        return Objects.requireNonNull(notes.get(OPTIMIZER_NOTE + "class"));
    }

    /** Returns the name of the parameter to which an array of the optimizer belongs. */
    static String parameterOf(String tensor) {
        return tensor.startsWith(OPTIMIZER)
                ? tensor.substring(tensor.indexOf('/', OPTIMIZER.length()) + 1)
                : tensor;
    }

    /** Returns this state with other values of the tensors, in the order of getTensors(). */
    RoundState withTensors(List<FloatTensor> tensors) {
        return new RoundState(
                tensors.subList(0, weights.size()),
                tensors.subList(weights.size(), tensors.size()),
                masks,
                notes);
    }

    RoundState withMasks(List<MaskBits> others) {
        return new RoundState(weights, optimizer, others, notes);
    }

    /** Returns this state with the masks and notes of another, apart from the optimizer's notes. */
    RoundState withMasksOf(RoundState other) {
        Map<String, String> all = new TreeMap<>(other.notes);
        notes.forEach(
                (key, note) -> {
                    if (key.startsWith(OPTIMIZER_NOTE)) {
                        all.put(key, note);
                    }
                });
        return new RoundState(weights, optimizer, other.masks, all);
    }

    /** Returns the size of values and masks. */
    long getByteCount() {
        long bytes = 0;
        for (FloatTensor tensor : getTensors()) {
            bytes += (long) tensor.getValues().length * Float.BYTES;
        }
        for (MaskBits mask : masks) {
            bytes += mask.getByteCount();
        }
        return bytes;
    }
}
