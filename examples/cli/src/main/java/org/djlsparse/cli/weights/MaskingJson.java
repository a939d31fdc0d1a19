package org.djlsparse.cli.weights;

import org.djlsparse.io.MaskedTensor;
import org.djlsparse.io.MaskingReport;

import java.util.List;

/**
 * The outcome of masking a file, for programs. The components are the keys of its JSON.
 *
 * @param pattern the pattern
 * @param tensors the tensors that were masked
 * @param leftOut the tensors that were copied
 */
public record MaskingJson(String pattern, List<Tensor> tensors, List<LeftOutJson> leftOut) {

    /**
     * The outcome of masking a tensor.
     *
     * @param name the tensor's name
     * @param shape its dimensions
     * @param solver the name of the solver that found the mask
     * @param kept the share of the magnitude that the mask keeps
     * @param validRows whether the weights written satisfy the pattern
     * @param validColumns whether their transpose does
     * @param seconds the time for the tensor
     */
    @SuppressWarnings("ArrayRecordComponent") // only written out
    public record Tensor(
            String name,
            long[] shape,
            String solver,
            double kept,
            boolean validRows,
            boolean validColumns,
            double seconds) {

        private static Tensor of(MaskedTensor masked) {
            return new Tensor(
                    masked.tensor().name(),
                    masked.tensor().shape(),
                    masked.solver(),
                    masked.keptMagnitude(),
                    masked.validAlongRows(),
                    masked.validAlongColumns(),
                    masked.seconds());
        }
    }

    /**
     * Converts a report.
     *
     * @param report the report
     * @return its JSON
     */
    public static MaskingJson of(MaskingReport report) {
        return new MaskingJson(
                report.pattern().toString(),
                report.tensors().stream().map(Tensor::of).toList(),
                LeftOutJson.of(report.leftOut()));
    }
}
