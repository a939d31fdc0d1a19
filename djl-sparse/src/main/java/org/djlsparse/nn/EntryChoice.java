package org.djlsparse.nn;

import ai.djl.nn.Parameter;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which entry of configurations decides for a weight. The first entry that chooses a name decides
 * for that name, and all names of a weight decide for the weight: dense or excluded under any of
 * them is dense; the last entry, which is for what no other chooses, gives way to others.
 *
 * @param config the configuration of the weight's mask; null if it stays dense
 * @param reason why it stays dense, in words; null if it gets a mask
 * @param entry what users know the entry as; null if none decides
 * @param named the name by which the entry names the weight; null if it does not
 */
record EntryChoice(
        @Nullable MaskConfig config,
        @Nullable String reason,
        @Nullable String entry,
        @Nullable String named) {

    private static final int NONE = -1;

    /** What is decided for one name: an entry's index, or none and the reasons. */
    private record ByName(String name, int index, List<LayerSelector.Refusal> refusals) {

        LayerSelector.@Nullable Refusal exclusion() {
            return index != NONE
                    ? null
                    : refusals.stream()
                            .filter(LayerSelector.Refusal::excludes)
                            .findFirst()
                            .orElse(null);
        }
    }

    /**
     * Decides for a weight.
     *
     * @param names all of its names
     * @throws IllegalArgumentException if its names have different masks, or one is named that
     *     belongs to an earlier entry or must be dense by another
     */
    static EntryChoice of(List<String> names, Parameter parameter, LayerConfigs configs) {
        List<ByName> decided =
                names.stream().map(name -> byName(name, names, parameter, configs)).toList();
        for (ByName by : decided) {
            String dense = reasonForDense(by, names, configs);
            if (dense != null) {
                decided.forEach(other -> checkNotNamed(other, by, dense, configs));
                return new EntryChoice(null, dense, null, null);
            }
        }
        ByName chosen = chosen(decided, configs);
        if (chosen == null) {
            return new EntryChoice(null, reasonForNone(decided), null, null);
        }
        return new EntryChoice(
                masks(chosen, configs),
                null,
                nameOf(configs, chosen.index()),
                isNamed(chosen, configs) ? chosen.name() : null);
    }

    private static ByName byName(
            String name, List<String> names, Parameter parameter, LayerConfigs configs) {
        List<LayerSelector.Refusal> refusals = new ArrayList<>();
        for (int i = 0; i < configs.entries().size(); i++) {
            LayerSelector selector = configs.entries().get(i).selector();
            LayerSelector.Refusal refusal = selector.refuse(name, names, parameter);
            if (refusal == null) {
                checkNotNamedLater(name, configs, i);
                return new ByName(name, i, refusals);
            }
            refusals.add(refusal);
        }
        return new ByName(name, NONE, refusals);
    }

    /** A layer that is named expects its own entry, but an earlier one has taken it. */
    private static void checkNotNamedLater(String name, LayerConfigs configs, int index) {
        if (configs.entries().get(index).selector().isNamed(name)) {
            return;
        }
        for (int i = index + 1; i < configs.entries().size(); i++) {
            if (configs.entries().get(i).selector().isNamed(name)) {
                throw new IllegalArgumentException(
                        "layer \""
                                + name
                                + "\": named by "
                                + nameOf(configs, i)
                                + ", yet chosen by entry "
                                + (index + 1)
                                + " before it");
            }
        }
    }

    private static @Nullable String reasonForDense(
            ByName by, List<String> names, LayerConfigs configs) {
        if (by.index() != NONE && !(configs.entries().get(by.index()) instanceof MaskConfig)) {
            return LayerSelector.as("dense by " + nameOf(configs, by.index()), by.name(), names);
        }
        LayerSelector.Refusal exclusion = by.exclusion();
        return exclusion == null ? null : exclusion.reason();
    }

    /** What is named for a mask must not stay dense in silence. */
    private static void checkNotNamed(ByName named, ByName by, String dense, LayerConfigs configs) {
        if (named.index() != NONE
                && configs.entries().get(named.index()) instanceof MaskConfig
                && isNamed(named, configs)) {
            throw new IllegalArgumentException(
                    "layer \""
                            + named.name()
                            + "\": named by "
                            + nameOf(configs, named.index())
                            + ", yet the same weight, as layer \""
                            + by.name()
                            + "\", is "
                            + dense);
        }
    }

    /** The name whose entry decides; null if there is none. */
    private static @Nullable ByName chosen(List<ByName> decided, LayerConfigs configs) {
        ByName chosen = null;
        ByName others = null; // by what is for all that no entry chooses
        for (ByName by : decided) {
            if (by.index() == NONE) {
                continue;
            }
            if (by.index() == configs.entries().size() - 1 && !isNamed(by, configs)) {
                others = others == null ? by : others;
            } else if (chosen == null) {
                chosen = by;
            } else {
                checkSameMasks(chosen, by, configs);
                chosen = isNamed(chosen, configs) ? chosen : by;
            }
        }
        return chosen == null ? others : chosen;
    }

    private static void checkSameMasks(ByName one, ByName other, LayerConfigs configs) {
        MaskConfig masks = masks(one, configs);
        MaskConfig others = masks(other, configs);
        if (!masks.givesSameMasks(others)) {
            throw new IllegalArgumentException(
                    "layer \""
                            + one.name()
                            + "\": is the same weight as layer \""
                            + other.name()
                            + "\", yet "
                            + nameOf(configs, one.index())
                            + " gives it "
                            + masks.describeBeside(others)
                            + " under the first name and "
                            + nameOf(configs, other.index())
                            + " "
                            + others.describeBeside(masks)
                            + " under the second: choose both names in one entry");
        }
    }

    private static String reasonForNone(List<ByName> decided) {
        Set<String> reasons = new LinkedHashSet<>();
        decided.forEach(by -> by.refusals().forEach(refusal -> reasons.add(refusal.reason())));
        return reasons.size() == 1 ? reasons.iterator().next() : "chosen by no entry of the policy";
    }

    private static boolean isNamed(ByName by, LayerConfigs configs) {
        return configs.entries().get(by.index()).selector().isNamed(by.name());
    }

    private static MaskConfig masks(ByName by, LayerConfigs configs) {
        return (MaskConfig) configs.entries().get(by.index());
    }

    /** Users know the last entry, which is for what no other chooses, as the builder's option. */
    private static String nameOf(LayerConfigs configs, int index) {
        boolean last = index == configs.entries().size() - 1;
        return last && configs.entries().get(index) instanceof MaskConfig
                ? "optLayers"
                : "entry " + (index + 1) + " of the policy";
    }
}
