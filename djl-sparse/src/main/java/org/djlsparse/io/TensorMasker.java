package org.djlsparse.io;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Masks one tensor, band by band. */
final class TensorMasker {

    private static final int EXPONENT = 0x7f800000;
    private static final int LOWEST_OF_EXPONENT = 0x00800000;

    private final NmPattern pattern;
    private final MaskSolver solver;
    private final WeightFile file;
    private final TensorInfo tensor;
    private final WeightFileWriter weights;
    private final @Nullable WeightFileWriter masks;
    private Mask.Magnitudes magnitudes = new Mask.Magnitudes(0, 0);
    private boolean validAlongRows = true;
    private boolean validAlongColumns = true;

    /** The outcome of masking a band. */
    private record MaskedBand(Mask.Magnitudes magnitudes, MaskChecker.Result check) {}

    TensorMasker(
            NmPattern pattern,
            MaskSolver solver,
            WeightFile file,
            TensorInfo tensor,
            WeightFileWriter weights,
            @Nullable WeightFileWriter masks) {
        this.pattern = pattern;
        this.solver = solver;
        this.file = file;
        this.tensor = tensor;
        this.weights = weights;
        this.masks = masks;
    }

    MaskedTensor mask() throws IOException {
        long start = System.nanoTime();
        FloatDecoder decoder = newDecoder();
        TileBands bands = new TileBands(file, tensor, pattern);
        String solverName = solver.resolve(pattern, bands.getShape()).getName();
        bands.forEach(
                band -> mask(band, decoder),
                (band, masked) -> {
                    magnitudes = magnitudes.plus(masked.magnitudes);
                    validAlongRows &= masked.check.isValidAlongRows();
                    validAlongColumns &= masked.check.isValidAlongColumns();
                    weights.write(band.getBytes(), 0, bands.byteCount(band));
                    if (masks != null) {
                        masks.write(band.getMaskBytes(), 0, band.getShape().size());
                    }
                });
        return new MaskedTensor(
                tensor,
                solverName,
                magnitudes.share(),
                validAlongRows,
                validAlongColumns,
                (System.nanoTime() - start) * 1e-9);
    }

    /** Double precision takes a pass over the tensor, to find the scale. */
    private FloatDecoder newDecoder() throws IOException {
        FloatDecoder plain = FloatDecoder.of(tensor);
        if (tensor.type() != ElementType.F64) {
            return plain;
        }
        double[] largest = new double[1];
        new TileBands(file, tensor, pattern)
                .forEach(
                        band -> plain.largestMagnitude(band.getBytes(), band.getShape().size()),
                        (band, magnitude) -> largest[0] = Math.max(largest[0], magnitude));
        return FloatDecoder.scaled(tensor, largest[0]);
    }

    /** Masks the data of a band. Called by any thread. */
    private MaskedBand mask(TileBand band, FloatDecoder decoder) throws WeightFileException {
        float[] scores = band.decode(decoder);
        checkFinite(scores, band);
        Mask mask = solver.solve(scores, band.getShape(), pattern);
        ElementMask.clearPruned(mask, band.getBytes(), tensor.type().getBytes());
        if (masks != null) {
            mask.copyTo(band.getMaskBytes());
        }
        // The weights as they are written, not as the mask would have them.
        return new MaskedBand(
                mask.sumMagnitudes(scores), WeightChecker.check(tensor, band, pattern));
    }

    /** A solver would refuse them, too, but knows neither file nor tensor, nor the band's row. */
    private void checkFinite(float[] values, TileBand band) throws WeightFileException {
        if (isFinite(values)) {
            return;
        }
        int i = 0;
        while (Float.isFinite(values[i])) {
            i++;
        }
        int taps = band.getShape().taps();
        int columns = band.getShape().columns();
        throw WeightFileException.of(
                file.getLocation(tensor),
                tensor.name(),
                "weight at row "
                        + (band.getFirstRow() + i / taps / columns)
                        + ", column "
                        + i / taps % columns
                        + (taps > 1 ? ", tap " + i % taps : "")
                        + " is "
                        + values[i]
                        + ": must be finite");
    }

    /** Without a branch for each value: the largest exponent, of NaN and infinity, overflows. */
    private static boolean isFinite(float[] values) {
        int seen = 0;
        for (float value : values) {
            seen |= (Float.floatToRawIntBits(value) & EXPONENT) + LOWEST_OF_EXPONENT;
        }
        return seen >= 0;
    }
}
