package org.djlsparse.internal.text;

import java.util.LinkedHashMap;
import java.util.Map;

/** Entries of metadata whose keys begin alike. */
public final class PrefixedKeys {

    private PrefixedKeys() {}

    /**
     * Selects the entries whose keys start with a prefix.
     *
     * @param metadata the entries
     * @param prefix the prefix
     * @return the entries in order, their keys without the prefix
     */
    public static Map<String, String> select(Map<String, String> metadata, String prefix) {
        Map<String, String> found = new LinkedHashMap<>();
        metadata.forEach(
                (key, value) -> {
                    if (key.startsWith(prefix)) {
                        found.put(key.substring(prefix.length()), value);
                    }
                });
        return found;
    }
}
