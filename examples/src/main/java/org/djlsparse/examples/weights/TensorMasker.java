package org.djlsparse.examples.weights;

import org.djlsparse.examples.InputException;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.FloatDecoder;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskChecker;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Masks one tensor, band by band. */
final class TensorMasker {

    private final NmPattern pattern;
    private final MaskSolver solver;
    private final WeightFile file;
    private final TensorInfo tensor;
    private final WeightFileWriter weights;
    private final @Nullable WeightFileWriter masks;
    private double keptMagnitude;
    private double allMagnitude;
    private boolean validRows = true;
    private boolean validColumns = true;

    TensorMasker(
            WeightMasker masker,
            WeightFile file,
            TensorInfo tensor,
            WeightFileWriter weights,
            @Nullable WeightFileWriter masks) {
        pattern = masker.pattern();
        solver = masker.solver();
        this.file = file;
        this.tensor = tensor;
        this.weights = weights;
        this.masks = masks;
    }

    MaskedTensor mask() throws IOException {
        long start = System.nanoTime();
        FloatDecoder decoder = newDecoder();
        String solverName;
        try (Bands bands = new Bands(file, tensor, pattern)) {
            solverName = solver.resolve(pattern, bands.getShape()).getName();
            while (bands.next()) {
                mask(bands, decoder);
            }
        }
        return new MaskedTensor(
                tensor.name(),
                tensor.shape(),
                solverName,
                allMagnitude == 0 ? 1 : keptMagnitude / allMagnitude,
                validRows,
                validColumns,
                (System.nanoTime() - start) * 1e-9);
    }

    /** Double precision takes a pass of its own, to find the scale. */
    private FloatDecoder newDecoder() throws IOException {
        FloatDecoder plain = FloatDecoder.of(tensor);
        if (tensor.type() != ElementType.F64) {
            return plain;
        }
        double largest = 0;
        try (Bands bands = new Bands(file, tensor, pattern)) {
            while (bands.next()) {
                largest =
                        Math.max(
                                largest,
                                plain.largestMagnitude(bands.getBytes(), bands.getShape().size()));
            }
        }
        return FloatDecoder.scaled(tensor, largest);
    }

    private void mask(Bands bands, FloatDecoder decoder) throws IOException {
        WeightShape shape = bands.getShape();
        float[] scores = bands.decode(decoder);
        checkFinite(scores, bands);
        Mask mask = solver.solve(scores, shape, pattern);
        boolean[] keep = mask.toBooleanArray();
        byte[] bytes = bands.getBytes();
        byte[] maskBytes = new byte[masks == null ? 0 : keep.length];
        int elementBytes = tensor.type().getBytes();
        for (int i = 0; i < keep.length; i++) {
            double magnitude = Math.abs(scores[i]);
            allMagnitude += magnitude;
            if (keep[i]) {
                keptMagnitude += magnitude;
                if (masks != null) {
                    maskBytes[i] = 1;
                }
            } else {
                for (int k = 0; k < elementBytes; k++) {
                    bytes[i * elementBytes + k] = 0;
                }
            }
        }
        // The weights as they are written, not as the mask would have them.
        MaskChecker.Result result =
                MaskChecker.check(bands.decodeNonZeros(decoder), shape, pattern);
        validRows &= result.isValidAlongRows();
        validColumns &= result.isValidAlongColumns();
        weights.write(bytes, 0, bands.getByteCount());
        if (masks != null) {
            masks.write(maskBytes, 0, maskBytes.length);
        }
    }

    /** A solver would say so too, but knows neither file nor tensor, and counts rows by band. */
    private void checkFinite(float[] values, Bands bands) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                int taps = bands.getShape().taps();
                int columns = bands.getShape().columns();
                throw new InputException(
                        file.getPath()
                                + ": tensor \""
                                + tensor.name()
                                + "\": weight at row "
                                + (bands.getFirstRow() + i / taps / columns)
                                + ", column "
                                + i / taps % columns
                                + (taps > 1 ? ", tap " + i % taps : "")
                                + " is "
                                + values[i]
                                + ": must be finite");
            }
        }
    }
}
