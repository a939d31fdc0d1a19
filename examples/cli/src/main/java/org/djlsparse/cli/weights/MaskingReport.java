package org.djlsparse.cli.weights;

import java.util.List;

/**
 * What masking a file came to. The components are the keys of its JSON.
 *
 * @param pattern the pattern
 * @param tensors the tensors that were masked
 * @param leftOut the others, which were copied
 */
public record MaskingReport(
        String pattern, List<MaskedTensor> tensors, List<LeftOutTensor> leftOut) {}
