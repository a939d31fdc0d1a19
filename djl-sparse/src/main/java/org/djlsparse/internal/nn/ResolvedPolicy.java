package org.djlsparse.internal.nn;

import ai.djl.nn.Block;

import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.GradientTerm;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A {@link LayerPolicy} with its defaults filled in: the masks of each entry, and the default as
 * the last entry. The first entry that selects a layer applies; a layer that no entry selects, not
 * even the default, is left dense.
 *
 * <p>A weight that several layers share has several names. All of them count: the weight stays
 * dense if it is dense or excluded under any of them, and two entries that give it different masks
 * under two names are an error. The last entry, the default, gives way to the others.
 *
 * @param entries the entries in order, the default last
 * @param denseFirstAndLast whether the first and the last weight that would have a mask are left
 *     dense
 */
public record ResolvedPolicy(List<Entry> entries, boolean denseFirstAndLast) {

    private static final int MANY_NAMES = 10;

    /** Creates a policy. */
    public ResolvedPolicy {
        entries = List.copyOf(entries);
    }

    /**
     * The masks of some layers.
     *
     * @param layers the layers
     * @param masks their masks; null if they are left dense
     */
    public record Entry(LayerSelector layers, @Nullable MaskConfig masks) {}

    /**
     * Returns a policy with the same masks for all selected layers.
     *
     * @param layers the layers that get masks
     * @param masks the masks
     * @return the policy
     */
    public static ResolvedPolicy of(LayerSelector layers, MaskConfig masks) {
        return new ResolvedPolicy(List.of(new Entry(layers, masks)), false);
    }

    /**
     * Resolves a policy. Entries that share a rule share its term.
     *
     * @param policy the user's policy
     * @param layers the layers that get the default
     * @param masks the default masks
     * @param rule the rule of the default, whose term is in {@code masks}; null if there is no
     *     training, so that rules do not matter
     * @return the policy
     * @throws IllegalArgumentException if an entry's solver does not support its pattern
     */
    public static ResolvedPolicy of(
            LayerPolicy policy,
            LayerSelector layers,
            MaskConfig masks,
            @Nullable GradientRule rule) {
        IdentityHashMap<GradientRule, Optional<GradientTerm>> terms = new IdentityHashMap<>();
        if (rule != null) {
            terms.put(rule, Optional.ofNullable(masks.term()));
        }
        List<Entry> entries = new ArrayList<>();
        for (LayerPolicy.Entry entry : policy.getEntries()) {
            try {
                entries.add(new Entry(entry.layers(), resolve(entry, masks, rule, terms)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "entry " + (entries.size() + 1) + " of the policy: " + e.getMessage(), e);
            }
        }
        entries.add(new Entry(layers, masks));
        return new ResolvedPolicy(entries, policy.isDenseFirstAndLast());
    }

    private static @Nullable MaskConfig resolve(
            LayerPolicy.Entry entry,
            MaskConfig masks,
            @Nullable GradientRule rule,
            IdentityHashMap<GradientRule, Optional<GradientTerm>> terms) {
        NmPattern pattern = entry.pattern();
        if (pattern == null) {
            return null;
        }
        MaskSolver solver = entry.solver() == null ? masks.solver() : entry.solver();
        if (rule == null) {
            return new MaskConfig(pattern, solver, masks.flow(), masks.term());
        }
        GradientRule own = entry.rule() == null ? rule : entry.rule();
        Optional<GradientTerm> term =
                terms.computeIfAbsent(own, r -> Optional.ofNullable(r.newTerm()));
        return new MaskConfig(pattern, solver, own.getFlow(), term.orElse(null));
    }

    /**
     * Returns the patterns of all entries.
     *
     * @return the patterns, in the order of the entries
     */
    public Set<NmPattern> getPatterns() {
        return masks().map(MaskConfig::pattern)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * Returns the terms of all entries.
     *
     * @return the terms, in the order of the entries, each once
     */
    public List<GradientTerm> getTerms() {
        List<GradientTerm> terms = new ArrayList<>();
        for (MaskConfig config : masks().toList()) {
            GradientTerm term = config.term();
            if (term != null && terms.stream().noneMatch(other -> other == term)) {
                terms.add(term);
            }
        }
        return terms;
    }

    /**
     * Returns warnings about likely mistakes: regular expressions of selectors that match no
     * parameter.
     *
     * @param block the block to which the policy applies; initialized or not
     * @return the warnings, in words
     */
    public List<String> getWarnings(Block block) {
        List<String> names = block.getParameters().keys();
        List<String> warnings = new ArrayList<>();
        for (Entry entry : entries) {
            for (String expression : Selection.findUnmatched(entry.layers(), names)) {
                warnings.add(
                        "layers: "
                                + expression
                                + " does not match the whole name of any parameter; the block has "
                                + someOf(names));
            }
        }
        return warnings;
    }

    /** Lists the first names and the number of the others, because a large model has hundreds. */
    static String someOf(List<String> names) {
        int more = names.size() - MANY_NAMES;
        return more <= 0
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, MANY_NAMES)) + " and " + more + " more";
    }

    boolean watchesDense() {
        return masks().map(MaskConfig::term).anyMatch(t -> t != null && t.watchesDense());
    }

    private Stream<MaskConfig> masks() {
        return entries.stream().flatMap(entry -> Stream.ofNullable(entry.masks()));
    }
}
