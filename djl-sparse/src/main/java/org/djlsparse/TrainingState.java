package org.djlsparse;

import org.djlsparse.io.MaskFile;
import org.djlsparse.nn.GradientTerm;
import org.djlsparse.nn.MaskState;
import org.djlsparse.training.TrainingPoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a {@link Sparsifier} keeps of a training run, and how it stands in a file.
 *
 * @param point where training stands
 * @param masks the masks
 * @param rules the names of the rules
 * @param terms what the rules' terms have learned, by the term's number and a name
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
    private static final String OPTIMIZER = "optimizer.";

    /** What terms have learned, by number and name. */
    static Map<String, String> stateOf(List<GradientTerm> terms) {
        Map<String, String> state = new TreeMap<>();
        for (int i = 0; i < terms.size(); i++) {
            int number = i;
            terms.get(i).getState().forEach((name, value) -> state.put(number + "." + name, value));
        }
        return state;
    }

    /** What the term of a number has learned. */
    Map<String, String> term(int number) {
        return withPrefix(terms, number + ".");
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
        return new MaskFile(notes, masks.masks());
    }

    /** Throws an IllegalArgumentException if a note is missing or no number. */
    static TrainingState of(MaskFile file) {
        Map<String, String> notes = file.notes();
        return new TrainingState(
                new TrainingPoint(
                        number(notes, "step"),
                        number(notes, "epoch"),
                        number(notes, "step-in-epoch")),
                new MaskState(
                        file.masks(),
                        Boolean.parseBoolean(notes.get("dense")),
                        Boolean.parseBoolean(notes.get("watched")),
                        withPrefix(notes, LAYER)),
                notes.getOrDefault("rules", ""),
                withPrefix(notes, TERM),
                withPrefix(notes, OPTIMIZER));
    }

    private static long number(Map<String, String> notes, String key) {
        String value = notes.getOrDefault(key, "missing");
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "no state of training: note \"" + key + "\" is " + value, e);
        }
    }

    /** The notes whose keys begin with a prefix, without it. */
    static Map<String, String> withPrefix(Map<String, String> notes, String prefix) {
        Map<String, String> found = new LinkedHashMap<>();
        notes.forEach(
                (key, value) -> {
                    if (key.startsWith(prefix)) {
                        found.put(key.substring(prefix.length()), value);
                    }
                });
        return found;
    }
}
