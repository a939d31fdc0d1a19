package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;

import java.util.List;

/**
 * The outcome of masking a file.
 *
 * @param pattern the pattern of the masks
 * @param tensors the tensors that were masked, in the file's order
 * @param leftOut the tensors that were copied, in the file's order
 * @param warnings the {@linkplain WeightFile#getWarnings oddities} of the file that was read
 */
public record MaskingReport(
        NmPattern pattern,
        List<MaskedTensor> tensors,
        List<LeftOutTensor> leftOut,
        List<String> warnings) {

    /** Creates a report. */
    public MaskingReport {
        tensors = List.copyOf(tensors);
        leftOut = List.copyOf(leftOut);
        warnings = List.copyOf(warnings);
    }

    /**
     * Returns whether all masked tensors satisfy the pattern both ways, as written.
     *
     * @return {@code true} if each of them and its transpose does
     */
    public boolean isTransposable() {
        return tensors.stream().allMatch(MaskedTensor::isTransposable);
    }

    /**
     * Returns whether all masked tensors satisfy the pattern along rows, as written.
     *
     * @return {@code true} if each of them does
     */
    public boolean isValidAlongRows() {
        return tensors.stream().allMatch(MaskedTensor::validAlongRows);
    }
}
