package org.djlsparse.examples.weights;

import org.djlsparse.examples.weights.CheckedTensor.TensorViolation;
import org.djlsparse.io.FloatDecoder;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Comparator;

/** Checks a tensor of a file, band by band. */
public final class WeightChecker {

    /** A row's violation comes before a column's of the same tile: it is compared first. */
    private static final Comparator<TensorViolation> TILE_BY_TILE =
            Comparator.comparingInt(TensorViolation::tap)
                    .thenComparingLong(TensorViolation::tileRow)
                    .thenComparingInt(TensorViolation::tileColumn);

    private WeightChecker() {}

    /**
     * Checks a tensor.
     *
     * @param file the file
     * @param tensor the tensor: floating, of two or more dimensions, not empty
     * @param pattern the pattern
     * @return what it came to
     * @throws IOException if the file cannot be read
     */
    public static CheckedTensor check(WeightFile file, TensorInfo tensor, NmPattern pattern)
            throws IOException {
        FloatDecoder decoder = FloatDecoder.of(tensor);
        TensorViolation first = null;
        boolean rows = true;
        boolean columns = true;
        try (Bands bands = new Bands(file, tensor, pattern)) {
            while (bands.next()) {
                MaskChecker.Result result =
                        MaskChecker.check(bands.decodeNonZeros(decoder), bands.getShape(), pattern);
                rows &= result.isValidAlongRows();
                columns &= result.isValidAlongColumns();
                // Taps come before bands, so that a later band may have the first violation.
                first = earlier(first, result.firstAlongRows(), bands, pattern);
                first = earlier(first, result.firstAlongColumns(), bands, pattern);
            }
        }
        return new CheckedTensor(tensor.name(), rows, columns, first);
    }

    private static @Nullable TensorViolation earlier(
            @Nullable TensorViolation first,
            MaskChecker.@Nullable Violation found,
            Bands bands,
            NmPattern pattern) {
        if (found == null) {
            return first;
        }
        TensorViolation violation = TensorViolation.of(found, bands.getFirstRow(), pattern);
        return first == null || TILE_BY_TILE.compare(violation, first) < 0 ? violation : first;
    }
}
