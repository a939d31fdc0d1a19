package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Chooses tensors of a file by their names. Without includes it takes the weights of products, as
 * {@link TensorChoice} says. With includes it takes the tensors that they match, even those that
 * the rule leaves out, if they can carry a mask at all.
 */
public final class TensorSelector {

    private static final TensorSelector ALL = builder().build();

    private final List<Pattern> includes;
    private final List<Pattern> excludes;

    private TensorSelector(Builder builder) {
        includes = List.copyOf(builder.includes);
        excludes = List.copyOf(builder.excludes);
    }

    /**
     * Returns the selector of all weights of products.
     *
     * @return the selector
     */
    public static TensorSelector all() {
        return ALL;
    }

    /**
     * Returns a selector of the tensors whose names match, if they can carry a mask at all.
     *
     * @param regex a regular expression that the whole name must match
     * @return the selector
     * @throws IllegalArgumentException if it is not a regular expression
     */
    public static TensorSelector matching(String regex) {
        return builder().addInclude(regex).build();
    }

    /**
     * Creates a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Selects the tensors that are to carry masks of a pattern.
     *
     * @param file the file
     * @param pattern the pattern of the masks
     * @return the selection
     * @throws WeightFileException if no tensor is selected, or the file's metadata is damaged
     * @throws IllegalArgumentException if an include matches none of the file's tensors, or only
     *     tensors that can carry no mask
     */
    public TensorSelection select(WeightFile file, NmPattern pattern) throws WeightFileException {
        return select(file, TensorChoice.of(file, pattern));
    }

    /**
     * Selects from all tensors that can carry a mask, weights of products or not, such as for a
     * {@link Compressor}, which decides by the values.
     *
     * @param file the file
     * @return the selection
     * @throws WeightFileException if no tensor is selected
     * @throws IllegalArgumentException if an include matches none of the file's tensors, or only
     *     tensors that can carry no mask
     */
    public TensorSelection selectPossible(WeightFile file) throws WeightFileException {
        return select(
                file,
                file.getTensors().stream()
                        .map(
                                tensor -> {
                                    String reason = TensorChoice.rejection(tensor);
                                    return new TensorChoice(tensor, reason, reason == null);
                                })
                        .toList());
    }

    private TensorSelection select(WeightFile file, List<TensorChoice> choices)
            throws WeightFileException {
        includes.forEach(include -> checkInclude(include, file, choices));
        List<TensorInfo> selected = new ArrayList<>();
        List<LeftOutTensor> leftOut = new ArrayList<>();
        for (TensorChoice choice : choices) {
            String reason = rejection(choice);
            if (reason == null) {
                selected.add(choice.tensor());
            } else {
                leftOut.add(new LeftOutTensor(choice.tensor(), reason));
            }
        }
        if (choices.isEmpty()) {
            throw WeightFileException.of(file.getLocation(), "has no tensors");
        }
        if (selected.isEmpty()) {
            LeftOutTensor first = leftOut.get(0);
            throw WeightFileException.of(
                    file.getLocation(),
                    "all tensors are left out; the first, \""
                            + first.tensor().name()
                            + "\": "
                            + first.reason()
                            + ". Include by name a tensor that can carry a mask");
        }
        return new TensorSelection(selected, leftOut);
    }

    private static void checkInclude(Pattern include, WeightFile file, List<TensorChoice> choices) {
        List<TensorChoice> matched =
                choices.stream().filter(choice -> matches(include, choice.tensor())).toList();
        if (matched.isEmpty()) {
            throw new IllegalArgumentException(
                    field("include", include) + ": matches no tensor of " + file.getLocation());
        }
        if (matched.stream().noneMatch(TensorChoice::possible)) {
            TensorChoice first = matched.get(0);
            throw new IllegalArgumentException(
                    field("include", include)
                            + ": tensor \""
                            + first.tensor().name()
                            + "\" of "
                            + file.getLocation()
                            + " can carry no mask: "
                            + first.reason());
        }
    }

    private @Nullable String rejection(TensorChoice choice) {
        for (Pattern exclude : excludes) {
            if (matches(exclude, choice.tensor())) {
                return "excluded by \"" + exclude + "\"";
            }
        }
        if (includes.isEmpty()) {
            return choice.reason();
        }
        if (includes.stream().noneMatch(include -> matches(include, choice.tensor()))) {
            return "not among the tensors included";
        }
        return choice.possible() ? null : choice.reason();
    }

    private static boolean matches(Pattern pattern, TensorInfo tensor) {
        return pattern.matcher(tensor.name()).matches();
    }

    private static String field(String name, Object value) {
        return name + " \"" + value + "\"";
    }

    /** Builds a {@link TensorSelector}. */
    public static final class Builder {

        private final List<Pattern> includes = new ArrayList<>();
        private final List<Pattern> excludes = new ArrayList<>();

        private Builder() {}

        /**
         * Adds tensors to take, by a regular expression. If one is added, no other tensors are
         * taken.
         *
         * @param regex a regular expression that the whole name must match
         * @return this builder
         * @throws IllegalArgumentException if it is not a regular expression
         */
        public Builder addInclude(String regex) {
            includes.add(compile("include", regex));
            return this;
        }

        /**
         * Adds tensors to leave out, by a regular expression.
         *
         * @param regex a regular expression that the whole name must match
         * @return this builder
         * @throws IllegalArgumentException if it is not a regular expression
         */
        public Builder addExclude(String regex) {
            excludes.add(compile("exclude", regex));
            return this;
        }

        /**
         * Builds the selector.
         *
         * @return the selector
         */
        public TensorSelector build() {
            return new TensorSelector(this);
        }

        private static Pattern compile(String name, String regex) {
            try {
                return Pattern.compile(regex);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(
                        field(name, regex) + ": not a regular expression", e);
            }
        }
    }
}
