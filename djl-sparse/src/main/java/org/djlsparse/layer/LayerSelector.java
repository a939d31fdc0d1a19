package org.djlsparse.layer;

import ai.djl.nn.Parameter;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Chooses which parameters of a model get a mask, by the names that {@code Block.getParameters()}
 * gives them, such as {@code 02Linear_weight}.
 *
 * <p>By default every weight of a linear layer, an ungrouped convolution or a recurrent layer is
 * chosen that has at least M outputs and M inputs and is not frozen. Whatever is left dense appears
 * in the report with the reason.
 *
 * <p>A weight that several layers share has several names. It is chosen if one of them is named or
 * included and none is excluded.
 */
public final class LayerSelector {

    private static final LayerSelector ALL = builder().build();

    private final Set<String> names;
    private final List<Pattern> includes;
    private final List<Pattern> excludes;
    private final Set<Parameter.Type> types;
    private final long minSize;
    private final boolean frozen;
    private final @Nullable BiPredicate<String, Parameter> predicate;

    private LayerSelector(Builder builder) {
        // In an order that is the same in each run: a state names the selectors that it is of.
        names = Collections.unmodifiableSet(new LinkedHashSet<>(builder.names));
        includes = List.copyOf(builder.includes);
        excludes = List.copyOf(builder.excludes);
        types = Collections.unmodifiableSet(EnumSet.copyOf(builder.types));
        minSize = builder.minSize;
        frozen = builder.frozen;
        predicate = builder.predicate;
    }

    /**
     * Returns the default: every layer that can carry a mask.
     *
     * @return the selector
     */
    public static LayerSelector all() {
        return ALL;
    }

    /**
     * Returns a selector of these layers and no others.
     *
     * @param names whole parameter names, at least one; one that cannot carry the pattern is an
     *     error
     * @return the selector
     * @throws IllegalArgumentException if there is no name
     */
    public static LayerSelector named(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException(
                    "names: must name at least one layer; LayerSelector.all() is every layer");
        }
        Builder builder = builder();
        for (String name : names) {
            builder.addName(name);
        }
        return builder.build();
    }

    /**
     * Returns a selector of the layers whose names match, as far as they can carry a mask.
     *
     * @param regex a regular expression that the whole parameter name must match
     * @return the selector
     * @throws IllegalArgumentException if it is not a regular expression
     */
    public static LayerSelector matching(String regex) {
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
     * Returns the names of the layers that must carry a mask.
     *
     * @return whole parameter names
     */
    public Set<String> getNames() {
        return names;
    }

    /**
     * Returns the expressions of layers to choose from.
     *
     * @return regular expressions for whole names; without any, and without names, all are
     */
    public List<Pattern> getIncludes() {
        return includes;
    }

    /**
     * Returns the expressions of layers to leave dense.
     *
     * @return regular expressions for whole names
     */
    public List<Pattern> getExcludes() {
        return excludes;
    }

    /**
     * Returns the parameter types to choose from.
     *
     * @return the types
     */
    public Set<Parameter.Type> getTypes() {
        return types;
    }

    /**
     * Returns the size of the smallest weight to choose.
     *
     * @return the number of entries
     */
    public long getMinSize() {
        return minSize;
    }

    /**
     * Returns whether frozen weights may be chosen without being named.
     *
     * @return {@code true} if they may
     */
    public boolean isFrozen() {
        return frozen;
    }

    /**
     * Returns the test that a layer must pass as well.
     *
     * @return the predicate of the parameter's whole name and the parameter; null if there is none
     */
    public @Nullable BiPredicate<String, Parameter> getPredicate() {
        return predicate;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("LayerSelector(types=").append(types);
        append(text, "names", names);
        append(text, "includes", includes);
        append(text, "excludes", excludes);
        if (minSize > 0) {
            text.append(", minSize=").append(minSize);
        }
        if (frozen) {
            text.append(", frozen");
        }
        if (predicate != null) {
            text.append(", predicate");
        }
        return text.append(')').toString();
    }

    private static void append(StringBuilder text, String field, Collection<?> values) {
        if (!values.isEmpty()) {
            text.append(", ").append(field).append('=').append(values);
        }
    }

    /** Builds a {@link LayerSelector}. */
    public static final class Builder {

        private final Set<String> names = new LinkedHashSet<>();
        private final List<Pattern> includes = new ArrayList<>();
        private final List<Pattern> excludes = new ArrayList<>();
        private Set<Parameter.Type> types = EnumSet.of(Parameter.Type.WEIGHT);
        private long minSize;
        private boolean frozen;
        private @Nullable BiPredicate<String, Parameter> predicate;

        private Builder() {}

        /**
         * Adds a layer that must carry a mask: it is an error if it cannot. Other settings do not
         * apply to it.
         *
         * @param name the whole parameter name
         * @return this builder
         */
        public Builder addName(String name) {
            names.add(name);
            return this;
        }

        /**
         * Adds layers to choose from, by a regular expression. Without names and includes, all are.
         *
         * @param regex a regular expression that the whole parameter name must match
         * @return this builder
         * @throws IllegalArgumentException if it is not a regular expression
         */
        public Builder addInclude(String regex) {
            includes.add(compile("include", regex));
            return this;
        }

        /**
         * Adds layers to leave dense, by a regular expression.
         *
         * @param regex a regular expression that the whole parameter name must match
         * @return this builder
         * @throws IllegalArgumentException if it is not a regular expression
         */
        public Builder addExclude(String regex) {
            excludes.add(compile("exclude", regex));
            return this;
        }

        /**
         * Sets the parameter types to choose from; {@code WEIGHT} by default.
         *
         * @param types at least one type
         * @return this builder
         * @throws IllegalArgumentException if there is none
         */
        public Builder optTypes(Parameter.Type... types) {
            if (types.length == 0) {
                throw new IllegalArgumentException("types: must name at least one");
            }
            this.types = EnumSet.copyOf(List.of(types));
            return this;
        }

        /**
         * Sets the smallest weight to choose.
         *
         * @param minSize the number of entries, 0 by default
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        public Builder optMinSize(long minSize) {
            if (minSize < 0) {
                throw new IllegalArgumentException("minSize " + minSize + ": must not be negative");
            }
            this.minSize = minSize;
            return this;
        }

        /**
         * Sets whether frozen weights ({@code requiresGradient()} false) may be chosen without
         * being named. They cannot adapt to their masks.
         *
         * @param frozen false by default: frozen weights are left dense
         * @return this builder
         */
        public Builder optFrozen(boolean frozen) {
            this.frozen = frozen;
            return this;
        }

        /**
         * Sets a test that a layer must pass as well; a weight with several names must pass it
         * under each.
         *
         * @param predicate takes the parameter's whole name and the parameter
         * @return this builder
         */
        public Builder optPredicate(BiPredicate<String, Parameter> predicate) {
            this.predicate = predicate;
            return this;
        }

        /**
         * Builds the selector.
         *
         * @return the selector
         * @throws IllegalArgumentException if a layer is both named and excluded
         */
        public LayerSelector build() {
            for (String name : names) {
                for (Pattern exclude : excludes) {
                    if (exclude.matcher(name).matches()) {
                        throw new IllegalArgumentException(
                                "layer \""
                                        + name
                                        + "\": named, yet excluded by \""
                                        + exclude
                                        + "\"");
                    }
                }
            }
            return new LayerSelector(this);
        }

        private static Pattern compile(String field, String regex) {
            try {
                return Pattern.compile(regex);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(
                        field + " \"" + regex + "\": not a regular expression", e);
            }
        }
    }
}
