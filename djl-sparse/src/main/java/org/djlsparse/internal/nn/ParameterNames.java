package org.djlsparse.internal.nn;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The names of a block's parameters. A parameter that several blocks share, or whose block occurs
 * several times, is one parameter with several names.
 */
public final class ParameterNames {

    private ParameterNames() {}

    /**
     * Lists each parameter once.
     *
     * @param block the block; initialized or not
     * @return the names that {@code block.getParameters()} gives each parameter, at least one, in
     *     the block's order; parameters in the order of their first names
     */
    public static Map<Parameter, List<String>> of(Block block) {
        // Parameter does not override equals, so each is a separate key.
        Map<Parameter, List<String>> names = new LinkedHashMap<>();
        for (Pair<String, Parameter> pair : block.getParameters()) {
            names.computeIfAbsent(pair.getValue(), ignored -> new ArrayList<>()).add(pair.getKey());
        }
        names.replaceAll((parameter, list) -> List.copyOf(list));
        return Collections.unmodifiableMap(names);
    }
}
