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
 * Selects the parameters of a model that get a mask, by their names in {@code
 * Block.getParameters()}, such as {@code 02Linear_weight}.
 *
 * <p>By default, a selector selects every weight of a linear layer, an ungrouped convolution or a
 * recurrent layer that has at least M outputs and M inputs and is not frozen. The report lists all
 * other parameters, with the reason why each is left dense.
 *
 * <p>A weight that several layers share has several names. It is selected if one of its names is
 * named or included and none is excluded.
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
        // Keeps the order, which is part of toString() and so of the rules in a saved state.
        names = Collections.unmodifiableSet(new LinkedHashSet<>(builder.names));
        includes = List.copyOf(builder.includes);
        excludes = List.copyOf(builder.excludes);
        types = Collections.unmodifiableSet(EnumSet.copyOf(builder.types));
        minSize = builder.minSize;
        frozen = builder.frozen;
        predicate = builder.predicate;
    }

    /**
     * Returns the default selector, of every layer that can carry a mask.
     *
     * @return the selector
     */
    public static LayerSelector all() {
        return ALL;
    }

    /**
     * Returns a selector of the named layers only.
     *
     * @param names whole parameter names, at least one; wrapping fails if one of them cannot carry
     *     the pattern
     * @return the selector
     * @throws IllegalArgumentException if no name is given
     */
    public static LayerSelector named(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException(
                    "names: must name at least one layer; LayerSelector.all() selects every layer");
        }
        Builder builder = builder();
        for (String name : names) {
            builder.addName(name);
        }
        return builder.build();
    }

    /**
     * Returns a selector of the layers whose names match and that can carry a mask.
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
     * Returns the regular expressions for the layers to select from.
     *
     * @return regular expressions for whole names; without includes and names, all layers may be
     *     selected
     */
    public List<Pattern> getIncludes() {
        return includes;
    }

    /**
     * Returns the regular expressions for the layers to leave dense.
     *
     * @return regular expressions for whole names
     */
    public List<Pattern> getExcludes() {
        return excludes;
    }

    /**
     * Returns the parameter types to select from.
     *
     * @return the types
     */
    public Set<Parameter.Type> getTypes() {
        return types;
    }

    /**
     * Returns the smallest size of a weight that may be selected.
     *
     * @return the number of entries
     */
    public long getMinSize() {
        return minSize;
    }

    /**
     * Returns whether frozen weights may be selected without being named.
     *
     * @return {@code true} if they may be selected
     */
    public boolean isFrozen() {
        return frozen;
    }

    /**
     * Returns the predicate that a layer must also satisfy.
     *
     * @return the predicate of the parameter's whole name and the parameter; null if none is set
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
         * Adds a layer that must carry a mask; wrapping fails if it cannot. Other settings do not
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
         * Adds layers to select from, by a regular expression. Without names and includes, all
         * layers may be selected.
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
         * Sets the parameter types to select from; {@code WEIGHT} by default.
         *
         * @param types at least one type
         * @return this builder
         * @throws IllegalArgumentException if no type is given
         */
        public Builder optTypes(Parameter.Type... types) {
            if (types.length == 0) {
                throw new IllegalArgumentException("types: must name at least one");
            }
            this.types = EnumSet.copyOf(List.of(types));
            return this;
        }

        /**
         * Sets the smallest size of a weight that may be selected.
         *
         * @param minSize the number of entries; 0 by default
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
         * Sets whether frozen weights ({@code requiresGradient()} is {@code false}) may be selected
         * without being named. They cannot adapt to their masks.
         *
         * @param frozen {@code true} to select them as well; {@code false}, which leaves them
         *     dense, by default
         * @return this builder
         */
        public Builder optFrozen(boolean frozen) {
            this.frozen = frozen;
            return this;
        }

        /**
         * Sets a predicate that a layer must also satisfy; a weight with several names must satisfy
         * it under each name.
         *
         * @param predicate the predicate of the parameter's whole name and the parameter
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
                                        + "\": named, but excluded by \""
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
