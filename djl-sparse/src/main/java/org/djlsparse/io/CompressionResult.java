package org.djlsparse.io;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What compressing a file came to.
 *
 * @param tensors how each tensor is stored, in the file's order
 * @param reasons by name, why a tensor is stored as it is, or not both ways
 */
public record CompressionResult(List<StoredTensor> tensors, Map<String, String> reasons) {

    /** Creates a result. */
    public CompressionResult {
        tensors = List.copyOf(tensors);
        reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
    }
}
