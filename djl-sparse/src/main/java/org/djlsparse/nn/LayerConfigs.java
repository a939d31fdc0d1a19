package org.djlsparse.nn;

import ai.djl.nn.Block;

import org.djlsparse.mask.NmPattern;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which layers of a model get which masks. Of the entries that choose a layer the first decides; a
 * layer that none chooses is left dense.
 *
 * <p>A weight that several layers share has several names. It is decided by all of them: what is
 * dense or excluded under one stays dense, and two entries that give it different masks under two
 * names are an error. The last entry, which is for what no other chooses, gives way to others.
 *
 * @param entries the entries, in their order
 * @param denseFirstAndLast whether the first and the last weight that would have a mask are left
 *     dense
 */
public record LayerConfigs(List<LayerConfig> entries, boolean denseFirstAndLast) {

    private static final int MANY_NAMES = 10;

    /** Creates configurations. */
    public LayerConfigs {
        entries = List.copyOf(entries);
    }

    /**
     * Returns those that hold one configuration for all layers.
     *
     * @param config the configuration
     * @return the configurations
     */
    public static LayerConfigs of(MaskConfig config) {
        return new LayerConfigs(List.of(config), false);
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
     * Returns what is most likely a mistake: regular expressions of selectors that match no
     * parameter.
     *
     * @param block the block that they are for; initialized or not
     * @return the warnings, in words
     */
    public List<String> getWarnings(Block block) {
        List<String> names = block.getParameters().keys();
        List<String> warnings = new ArrayList<>();
        for (LayerConfig entry : entries) {
            for (String expression : entry.selector().getUnmatched(names)) {
                warnings.add(
                        "layers: "
                                + expression
                                + " matches no parameter's whole name; the block has "
                                + someOf(names));
            }
        }
        return warnings;
    }

    /** A large model has hundreds. */
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
        return entries.stream().filter(MaskConfig.class::isInstance).map(MaskConfig.class::cast);
    }
}
