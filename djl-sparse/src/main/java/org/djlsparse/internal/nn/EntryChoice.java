package org.djlsparse.internal.nn;

import ai.djl.nn.Parameter;

import org.djlsparse.layer.LayerSelector;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The entry of a policy that applies to a weight. For each name of the weight, the first entry that
 * selects the name applies. All names count: a weight that is dense or excluded under any of its
 * names stays dense. The last entry, the default, gives way to the others.
 *
 * @param masks the weight's masks; null if it stays dense
 * @param byDefault whether the last entry applies
 * @param reason why the weight stays dense, in words; null if it gets a mask
 * @param entry the name by which users know the entry; null if no entry applies
 * @param takesFrozen whether the entry also selects frozen weights that it does not name
 * @param named the name by which the entry names the weight; null if the entry does not name it
 */
record EntryChoice(
        @Nullable MaskConfig masks,
        boolean byDefault,
        @Nullable String reason,
        @Nullable String entry,
        boolean takesFrozen,
        @Nullable String named) {

    private static final int NONE = -1;

    /** The decision for one name: the index of an entry, or none, with the reasons. */
    private record ByName(String name, int index, List<Selection.Refusal> refusals) {

        Selection.@Nullable Refusal exclusion() {
            return index != NONE
                    ? null
                    : refusals.stream()
                            .filter(Selection.Refusal::excludes)
                            .findFirst()
                            .orElse(null);
        }
    }

    /**
     * Decides which entry applies to a weight.
     *
     * @param names all names of the weight
     * @throws IllegalArgumentException if the names lead to different masks, if a named layer
     *     belongs to an earlier entry, or if a layer that is named for a mask is dense under
     *     another name
     */
    static EntryChoice of(List<String> names, Parameter parameter, ResolvedPolicy policy) {
        List<ByName> decided =
                names.stream().map(name -> byName(name, names, parameter, policy)).toList();
        for (ByName by : decided) {
            String dense = reasonForDense(by, names, policy);
            if (dense != null) {
                decided.forEach(other -> checkNotNamed(other, by, dense, policy));
                return new EntryChoice(null, false, dense, null, false, null);
            }
        }
        ByName chosen = chosen(decided, policy);
        if (chosen == null) {
            return new EntryChoice(null, false, reasonForNone(decided), null, false, null);
        }
        return new EntryChoice(
                masks(chosen, policy),
                chosen.index() == policy.entries().size() - 1,
                null,
                nameOf(policy, chosen.index()),
                policy.entries().get(chosen.index()).layers().isFrozen(),
                isNamed(chosen, policy) ? chosen.name() : null);
    }

    private static ByName byName(
            String name, List<String> names, Parameter parameter, ResolvedPolicy policy) {
        List<Selection.Refusal> refusals = new ArrayList<>();
        for (int i = 0; i < policy.entries().size(); i++) {
            LayerSelector layers = policy.entries().get(i).layers();
            Selection.Refusal refusal = Selection.refuse(layers, name, names, parameter);
            if (refusal == null) {
                checkNotNamedLater(name, policy, i);
                return new ByName(name, i, refusals);
            }
            refusals.add(refusal);
        }
        return new ByName(name, NONE, refusals);
    }

    /** Rejects a name that a later entry lists but an earlier entry has already selected. */
    private static void checkNotNamedLater(String name, ResolvedPolicy policy, int index) {
        if (isNamed(name, index, policy)) {
            return;
        }
        for (int i = index + 1; i < policy.entries().size(); i++) {
            if (isNamed(name, i, policy)) {
                throw new IllegalArgumentException(
                        "layer \""
                                + name
                                + "\": "
                                + nameOf(policy, i)
                                + " names it, but entry "
                                + (index + 1)
                                + " already selects it");
            }
        }
    }

    private static @Nullable String reasonForDense(
            ByName by, List<String> names, ResolvedPolicy policy) {
        if (by.index() != NONE && policy.entries().get(by.index()).masks() == null) {
            return Selection.as("left dense by " + nameOf(policy, by.index()), by.name(), names);
        }
        Selection.Refusal exclusion = by.exclusion();
        return exclusion == null ? null : exclusion.reason();
    }

    /** Checks that a weight that stays dense is not named for a mask. */
    private static void checkNotNamed(
            ByName named, ByName by, String dense, ResolvedPolicy policy) {
        if (named.index() != NONE
                && policy.entries().get(named.index()).masks() != null
                && isNamed(named, policy)) {
            throw new IllegalArgumentException(
                    "layer \""
                            + named.name()
                            + "\": named by "
                            + nameOf(policy, named.index())
                            + ", but it shares its weight with layer \""
                            + by.name()
                            + "\", which is "
                            + dense);
        }
    }

    /** Returns the name whose entry applies, or null if there is none. */
    private static @Nullable ByName chosen(List<ByName> decided, ResolvedPolicy policy) {
        ByName chosen = null;
        ByName others = null; // selected by the default entry only
        for (ByName by : decided) {
            if (by.index() == NONE) {
                continue;
            }
            if (by.index() == policy.entries().size() - 1 && !isNamed(by, policy)) {
                others = others == null ? by : others;
            } else if (chosen == null) {
                chosen = by;
            } else {
                checkSameMasks(chosen, by, policy);
                chosen = isNamed(chosen, policy) ? chosen : by;
            }
        }
        return chosen == null ? others : chosen;
    }

    private static void checkSameMasks(ByName one, ByName other, ResolvedPolicy policy) {
        MaskConfig masks = masks(one, policy);
        MaskConfig others = masks(other, policy);
        if (!masks.givesSameMasks(others)) {
            throw new IllegalArgumentException(
                    "layers \""
                            + one.name()
                            + "\" and \""
                            + other.name()
                            + "\" share one weight, but "
                            + nameOf(policy, one.index())
                            + " gives "
                            + masks.describeBeside(others)
                            + " to \""
                            + one.name()
                            + "\" and "
                            + nameOf(policy, other.index())
                            + " gives "
                            + others.describeBeside(masks)
                            + " to \""
                            + other.name()
                            + "\"; select both names in one entry");
        }
    }

    private static String reasonForNone(List<ByName> decided) {
        Set<String> reasons = new LinkedHashSet<>();
        decided.forEach(by -> by.refusals().forEach(refusal -> reasons.add(refusal.reason())));
        return reasons.size() == 1
                ? reasons.iterator().next()
                : "not selected by any entry of the policy";
    }

    private static boolean isNamed(ByName by, ResolvedPolicy policy) {
        return isNamed(by.name(), by.index(), policy);
    }

    private static boolean isNamed(String name, int index, ResolvedPolicy policy) {
        return policy.entries().get(index).layers().getNames().contains(name);
    }

    private static MaskConfig masks(ByName by, ResolvedPolicy policy) {
        return Objects.requireNonNull(policy.entries().get(by.index()).masks());
    }

    /** Returns an entry's name for users, who know the last entry as the builder's option. */
    private static String nameOf(ResolvedPolicy policy, int index) {
        boolean last = index == policy.entries().size() - 1;
        return last && policy.entries().get(index).masks() != null
                ? "optLayers"
                : "entry " + (index + 1) + " of the policy";
    }
}
