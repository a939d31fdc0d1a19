package org.djlsparse.io;

import org.djlsparse.mask.NmPattern;

import java.util.List;

/**
 * The outcome of checking a file.
 *
 * @param pattern the pattern
 * @param tensors the tensors that were checked, in the file's order
 * @param leftOut the tensors that were not checked, in the file's order
 * @param warnings the {@linkplain WeightFile#getWarnings oddities} of the file
 */
public record CheckReport(
        NmPattern pattern,
        List<CheckedTensor> tensors,
        List<LeftOutTensor> leftOut,
        List<String> warnings) {

    /** Creates a report. */
    public CheckReport {
        tensors = List.copyOf(tensors);
        leftOut = List.copyOf(leftOut);
        warnings = List.copyOf(warnings);
    }

    /**
     * Returns whether all checked tensors satisfy the pattern both ways.
     *
     * @return {@code true} if each of them and its transpose does
     */
    public boolean isTransposable() {
        return tensors.stream().allMatch(CheckedTensor::isTransposable);
    }

    /**
     * Returns whether all checked tensors satisfy the pattern along rows.
     *
     * @return {@code true} if each of them does
     */
    public boolean isValidAlongRows() {
        return tensors.stream().allMatch(CheckedTensor::validAlongRows);
    }
}
