package org.djlsparse.cli.weights;

import org.djlsparse.cli.weights.CheckedTensor.TensorViolation;
import org.djlsparse.io.ElementMask;
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
        Checked checked = new Checked();
        new Bands(file, tensor, pattern)
                .forEach(
                        band -> check(tensor, band, pattern),
                        (band, result) -> checked.add(result, band, pattern));
        return new CheckedTensor(tensor.name(), checked.rows, checked.columns, checked.first);
    }

    /** Checks the data of a band, as it is now. */
    static MaskChecker.Result check(TensorInfo tensor, Band band, NmPattern pattern) {
        return MaskChecker.check(
                ElementMask.ofNonZeros(tensor, band.getBytes(), band.getShape(), pattern));
    }

    /** What the bands looked at so far have come to. */
    private static final class Checked {

        private boolean rows = true;
        private boolean columns = true;
        private @Nullable TensorViolation first;

        void add(MaskChecker.Result result, Band band, NmPattern pattern) {
            rows &= result.isValidAlongRows();
            columns &= result.isValidAlongColumns();
            // Taps come before bands, so that a later band may have the first violation.
            addViolation(result.firstAlongRows(), band, pattern);
            addViolation(result.firstAlongColumns(), band, pattern);
        }

        private void addViolation(
                MaskChecker.@Nullable Violation found, Band band, NmPattern pattern) {
            if (found == null) {
                return;
            }
            TensorViolation violation = TensorViolation.of(found, band.getFirstRow(), pattern);
            if (first == null || TILE_BY_TILE.compare(violation, first) < 0) {
                first = violation;
            }
        }
    }
}
