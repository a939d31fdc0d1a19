package org.djlsparse.io;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The outcome of compressing a file.
 *
 * @param tensors how each tensor is stored, in the file's order
 * @param reasons why a tensor is stored as it is, or not both ways, by the tensor's name
 */
public record CompressionResult(List<StoredTensor> tensors, Map<String, String> reasons) {

    /** Creates a result. */
    public CompressionResult {
        tensors = List.copyOf(tensors);
        reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
    }
}
