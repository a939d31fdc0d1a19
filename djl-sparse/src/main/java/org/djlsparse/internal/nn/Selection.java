package org.djlsparse.internal.nn;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

import org.djlsparse.layer.LayerSelector;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;

/** The decision whether a {@link LayerSelector} selects a weight, by its settings alone. */
final class Selection {

    private Selection() {}

    /**
     * The reason why a weight is not selected.
     *
     * @param reason the reason in words
     * @param excludes whether the user excluded one of its names, rather than not selecting it
     */
    record Refusal(String reason, boolean excludes) {}

    /**
     * Returns the reason why a selector does not select a weight by one of its names, or null if it
     * does. A weight that is excluded under one name is excluded under all of its names.
     *
     * @param name the name
     * @param names all names of the weight
     */
    static @Nullable Refusal refuse(
            LayerSelector selector, String name, List<String> names, Parameter parameter) {
        if (selector.getNames().contains(name)) {
            return null;
        }
        if (!selector.getTypes().contains(parameter.getType())) {
            return new Refusal("type " + parameter.getType(), false);
        }
        for (Pattern exclude : selector.getExcludes()) {
            for (String other : names) {
                if (exclude.matcher(other).matches()) {
                    return new Refusal(as("excluded by \"" + exclude + "\"", other, names), true);
                }
            }
        }
        List<Pattern> includes = selector.getIncludes();
        if (!(selector.getNames().isEmpty() && includes.isEmpty())
                && includes.stream().noneMatch(p -> p.matcher(name).matches())) {
            return new Refusal("not among the layers included", false);
        }
        Shape shape = ParameterShape.of(parameter);
        if (shape != null && shape.size() < selector.getMinSize()) {
            return new Refusal(
                    shape.size() + " entries, fewer than " + selector.getMinSize(), false);
        }
        BiPredicate<String, Parameter> predicate = selector.getPredicate();
        if (predicate != null) {
            for (String other : names) {
                if (!predicate.test(other, parameter)) {
                    return new Refusal(as("rejected by the predicate", other, names), true);
                }
            }
        }
        return null;
    }

    /** Appends to a reason the name that it concerns, if the weight has several. */
    static String as(String reason, String name, List<String> names) {
        return names.size() == 1 ? reason : reason + ", as \"" + name + "\"";
    }

    /** Returns the regular expressions that match none of a block's names, each with its field. */
    static List<String> findUnmatched(LayerSelector selector, Collection<String> names) {
        List<String> unmatched = new ArrayList<>();
        addUnmatched(unmatched, "include", selector.getIncludes(), names);
        addUnmatched(unmatched, "exclude", selector.getExcludes(), names);
        return unmatched;
    }

    private static void addUnmatched(
            List<String> unmatched,
            String field,
            List<Pattern> patterns,
            Collection<String> names) {
        for (Pattern pattern : patterns) {
            if (names.stream().noneMatch(name -> pattern.matcher(name).matches())) {
                unmatched.add(field + " \"" + pattern + "\"");
            }
        }
    }
}
