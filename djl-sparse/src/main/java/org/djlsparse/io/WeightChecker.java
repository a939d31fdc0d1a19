package org.djlsparse.io;

import org.djlsparse.io.CheckedTensor.Violation;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Checks whether the weights of a file, and their transposes, satisfy an N:M pattern:
 *
 * <pre>{@code
 * WeightChecker checker = WeightChecker.builder().setPattern(NmPattern.of(2, 4)).build();
 * CheckReport report = checker.check(file);
 * }</pre>
 *
 * <p>Values other than zero count as kept, NaN too; zeros of either sign do not. All processors
 * take part; memory is that of {@link WeightMasker}.
 */
public final class WeightChecker {

    /** A row's violation comes before a column's of the same tile: it is compared first. */
    private static final Comparator<Violation> TILE_BY_TILE =
            Comparator.comparingInt(Violation::tap)
                    .thenComparingLong(Violation::tileRow)
                    .thenComparingInt(Violation::tileColumn);

    private final NmPattern pattern;
    private final TensorSelector tensors;

    private WeightChecker(Builder builder, NmPattern pattern) {
        this.pattern = pattern;
        tensors = builder.tensors;
    }

    /**
     * Creates a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Checks a file.
     *
     * @param path the file, in any format that {@link WeightFile#open} reads
     * @return the outcome
     * @throws WeightFileException as {@link #check(WeightFile)}, or if the file cannot be opened
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException as {@link #check(WeightFile)}
     */
    public CheckReport check(Path path) throws IOException {
        try (WeightFile file = WeightFile.open(path)) {
            return check(file);
        }
    }

    /**
     * Checks a file.
     *
     * @param file the file
     * @return the outcome
     * @throws WeightFileException if no tensor is selected, M rows do not fit into memory, or the
     *     file is damaged
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if an include matches no tensor that can carry a mask
     */
    public CheckReport check(WeightFile file) throws IOException {
        TensorSelection selection = tensors.select(file, pattern);
        return new CheckReport(
                pattern,
                check(file, selection.selected()),
                selection.leftOut(),
                file.getWarnings());
    }

    /**
     * Checks some tensors of a file.
     *
     * @param file the file
     * @param selected the tensors to check, whatever {@link Builder#optTensors} says
     * @return the outcome for each of them
     * @throws WeightFileException if M rows do not fit into memory, or the file is damaged
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if the file has no such tensor
     */
    public List<CheckedTensor> check(WeightFile file, List<TensorInfo> selected)
            throws IOException {
        List<CheckedTensor> checked = new ArrayList<>();
        for (TensorInfo tensor : selected) {
            checked.add(check(file, tensor));
        }
        return checked;
    }

    private CheckedTensor check(WeightFile file, TensorInfo tensor) throws IOException {
        Checked checked = new Checked();
        new TileBands(file, tensor, pattern)
                .forEach(
                        band -> check(tensor, band, pattern),
                        (band, result) -> checked.add(result, band, pattern));
        return new CheckedTensor(tensor, checked.rows, checked.columns, checked.first);
    }

    /** Checks the data of a band, as it is now. */
    static MaskChecker.Result check(TensorInfo tensor, TileBand band, NmPattern pattern) {
        return MaskChecker.check(
                ElementMask.ofNonZeros(tensor, band.getBytes(), band.getShape(), pattern));
    }

    /** The outcome of the bands checked so far. */
    private static final class Checked {

        private boolean rows = true;
        private boolean columns = true;
        private @Nullable Violation first;

        void add(MaskChecker.Result result, TileBand band, NmPattern pattern) {
            rows &= result.isValidAlongRows();
            columns &= result.isValidAlongColumns();
            // Taps come before bands, so that a later band may have the first violation.
            addViolation(result.firstAlongRows(), band, pattern);
            addViolation(result.firstAlongColumns(), band, pattern);
        }

        private void addViolation(
                MaskChecker.@Nullable Violation found, TileBand band, NmPattern pattern) {
            if (found == null) {
                return;
            }
            Violation violation = Violation.of(found, band.getFirstRow(), pattern);
            if (first == null || TILE_BY_TILE.compare(violation, first) < 0) {
                first = violation;
            }
        }
    }

    /** Builds a {@link WeightChecker}. */
    public static final class Builder {

        private @Nullable NmPattern pattern;
        private TensorSelector tensors = TensorSelector.all();

        private Builder() {}

        /**
         * Sets the pattern to check for.
         *
         * @param pattern the pattern
         * @return this builder
         */
        public Builder setPattern(NmPattern pattern) {
            this.pattern = pattern;
            return this;
        }

        /**
         * Sets the tensors to check.
         *
         * @param tensors the tensors; {@link TensorSelector#all()} by default
         * @return this builder
         */
        public Builder optTensors(TensorSelector tensors) {
            this.tensors = tensors;
            return this;
        }

        /**
         * Builds the checker.
         *
         * @return the checker
         * @throws IllegalArgumentException if the pattern is missing
         */
        public WeightChecker build() {
            if (pattern == null) {
                throw new IllegalArgumentException(
                        "pattern: must be set, such as NmPattern.of(2, 4)");
            }
            return new WeightChecker(this, pattern);
        }
    }
}
