package org.djlsparse;

import org.djlsparse.internal.nn.MaskState;
import org.djlsparse.internal.text.PrefixedKeys;
import org.djlsparse.io.MaskFile;
import org.djlsparse.mask.Mask;
import org.djlsparse.training.GradientTerm;
import org.djlsparse.training.TrainingPoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state of a {@link Sparsifier} in a training run, and its conversion to and from a file.
 *
 * @param point the point of training
 * @param masks the masks
 * @param rules the names of the rules
 * @param terms the state of the rules' terms, by the term's number and a name
 * @param optimizer the notes of an {@link OptimizerState}; empty if it was not saved
 */
record TrainingState(
        TrainingPoint point,
        MaskState masks,
        String rules,
        Map<String, String> terms,
        Map<String, String> optimizer) {

    private static final String LAYER = "layer.";
    private static final String TERM = "term.";
    private static final String PENDING = "pending:"; // no DJL parameter's name has a colon
    private static final String PENDING_STEPS = "pending-steps";
    private static final String KEPT = "pending-kept.";
    private static final String OPTIMIZER = "optimizer.";

    /** Returns the state of terms, by number and name. */
    static Map<String, String> stateOf(List<GradientTerm> terms) {
        Map<String, String> state = new TreeMap<>();
        for (int i = 0; i < terms.size(); i++) {
            int number = i;
            terms.get(i).getState().forEach((name, value) -> state.put(number + "." + name, value));
        }
        return state;
    }

    /** Returns the state of the term with a number. */
    Map<String, String> term(int number) {
        return PrefixedKeys.select(terms, number + ".");
    }

    MaskFile toFile() {
        Map<String, String> notes = new TreeMap<>();
        notes.put("step", String.valueOf(point.step()));
        notes.put("epoch", String.valueOf(point.epoch()));
        notes.put("step-in-epoch", String.valueOf(point.stepInEpoch()));
        notes.put("dense", String.valueOf(masks.dense()));
        notes.put("watched", String.valueOf(masks.watched()));
        notes.put("rules", rules);
        masks.layers().forEach((name, shape) -> notes.put(LAYER + name, shape));
        terms.forEach((key, value) -> notes.put(TERM + key, value));
        optimizer.forEach((key, value) -> notes.put(OPTIMIZER + key, value));
        Map<String, Mask> all = new LinkedHashMap<>(masks.masks());
        MaskState.Pending pending = masks.pending();
        if (pending != null) {
            notes.put(PENDING_STEPS, String.valueOf(pending.steps()));
            pending.masks().forEach((name, mask) -> all.put(PENDING + name, mask));
            pending.keptMagnitudes()
                    .forEach((name, kept) -> notes.put(KEPT + name, String.valueOf(kept)));
        }
        return new MaskFile(notes, all);
    }

    /** Throws an IllegalArgumentException if a note is missing or not a number. */
    static TrainingState of(MaskFile file) {
        Map<String, String> notes = file.notes();
        return new TrainingState(
                new TrainingPoint(
                        number(notes, "step"),
                        number(notes, "epoch"),
                        number(notes, "step-in-epoch")),
                new MaskState(
                        masks(file.masks(), false),
                        Boolean.parseBoolean(notes.get("dense")),
                        Boolean.parseBoolean(notes.get("watched")),
                        PrefixedKeys.select(notes, LAYER),
                        notes.containsKey(PENDING_STEPS) ? pending(file) : null),
                notes.getOrDefault("rules", ""),
                PrefixedKeys.select(notes, TERM),
                PrefixedKeys.select(notes, OPTIMIZER));
    }

    private static MaskState.Pending pending(MaskFile file) {
        Map<String, Double> keptMagnitudes = new LinkedHashMap<>();
        PrefixedKeys.select(file.notes(), KEPT)
                .forEach((name, kept) -> keptMagnitudes.put(name, share(KEPT + name, kept)));
        long steps = number(file.notes(), PENDING_STEPS);
        if (steps < 0 || steps > Integer.MAX_VALUE) {
            throw wrong(PENDING_STEPS, String.valueOf(steps), "a count of steps");
        }
        return new MaskState.Pending(masks(file.masks(), true), keptMagnitudes, (int) steps);
    }

    /** Returns the masks in use, or the pending ones. */
    private static Map<String, Mask> masks(Map<String, Mask> all, boolean pending) {
        Map<String, Mask> found = new LinkedHashMap<>();
        all.forEach(
                (name, mask) -> {
                    if (name.startsWith(PENDING) == pending) {
                        found.put(pending ? name.substring(PENDING.length()) : name, mask);
                    }
                });
        return found;
    }

    private static long number(Map<String, String> notes, String key) {
        String value = notes.get(key);
        if (value == null) {
            throw new IllegalArgumentException(
                    "was not written by Sparsifier.save: its metadata lacks \"" + key + "\"");
        }
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw wrong(key, value, "a whole number");
        }
    }

    private static double share(String key, String value) {
        double share;
        try {
            share = Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw wrong(key, value, "a number");
        }
        if (!(share >= 0 && share <= 1)) {
            throw wrong(key, value, "from 0 to 1");
        }
        return share;
    }

    private static IllegalArgumentException wrong(String key, String value, String expected) {
        return new IllegalArgumentException(
                "was not written by Sparsifier.save: its metadata's \""
                        + key
                        + "\" is \""
                        + value
                        + "\", must be "
                        + expected);
    }
}
