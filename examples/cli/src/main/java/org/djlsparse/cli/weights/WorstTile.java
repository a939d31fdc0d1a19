package org.djlsparse.cli.weights;

import org.djlsparse.cli.InputException;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.FloatDecoder;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;

import java.io.IOException;
import java.io.InputStream;

/**
 * The tile of a weight on which a mask keeps least, compared with the best mask.
 *
 * @param name the tensor's name
 * @param row the tile's first row
 * @param column its first column
 * @param weights the first rows of the tensor, to which the tile belongs
 * @param mask the mask to compare
 * @param best the best mask
 */
@SuppressWarnings("ArrayRecordComponent") // only drawn
public record WorstTile(String name, int row, int column, float[] weights, Mask mask, Mask best) {

    private static final long ENTRIES = 1 << 22;

    /**
     * Searches the full tiles of a tensor's first kernel tap, in its first four million entries.
     *
     * @param file the file
     * @param tensor a tensor of a floating type with a full tile
     * @param solver finds the mask to compare
     * @param pattern the pattern
     * @return the tile; if the mask loses nothing, the one on which greedy loses most
     * @throws InputException if one of these weights is NaN or infinite
     * @throws IOException if the file cannot be read
     */
    public static WorstTile find(
            WeightFile file, TensorInfo tensor, MaskSolver solver, NmPattern pattern)
            throws IOException {
        WeightShape shape = firstRows(file, tensor, pattern);
        byte[] bytes;
        try (InputStream in = file.newInputStream(tensor)) {
            bytes = in.readNBytes(shape.size() * tensor.type().getBytes());
        }
        float[] weights = new float[shape.size()];
        decoder(tensor, bytes, weights.length).decode(bytes, weights.length, weights);
        try {
            shape.checkFinite(weights);
        } catch (IllegalArgumentException e) {
            throw new InputException(
                    file.getLocation() + ": tensor \"" + tensor.name() + "\": " + e.getMessage(),
                    e);
        }
        return find(tensor.name(), weights, shape, solver, pattern);
    }

    /** Double precision is scaled as for masking, but by these elements alone. */
    private static FloatDecoder decoder(TensorInfo tensor, byte[] bytes, int count) {
        FloatDecoder plain = FloatDecoder.of(tensor);
        return tensor.type() == ElementType.F64
                ? FloatDecoder.scaled(tensor, plain.largestMagnitude(bytes, count))
                : plain;
    }

    /** The shape of the first rows: about {@link #ENTRIES}, or M rows if these have more. */
    private static WeightShape firstRows(WeightFile file, TensorInfo tensor, NmPattern pattern) {
        long[] shape = tensor.shape();
        long rowEntries = tensor.getCount() / shape[0];
        long tiles = Math.max(1, ENTRIES / pattern.m() / rowEntries);
        shape[0] = Math.min(shape[0], tiles * pattern.m());
        // The bytes of an entry, and a float.
        long entryBytes = (long) tensor.type().getBytes() + Float.BYTES;
        long most = Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory()) / entryBytes;
        if (rowEntries > most / shape[0]) {
            throw new InputException(
                    file.getLocation()
                            + ": tensor \""
                            + tensor.name()
                            + "\": "
                            + shape[0]
                            + " rows of "
                            + rowEntries
                            + " entries: must be at most "
                            + most
                            + " entries; raise -Xmx");
        }
        return WeightShape.of(shape);
    }

    /**
     * Searches the full tiles of a weight's first kernel tap.
     *
     * @param name the weight's name
     * @param weights the weight, in the tensor's row-major order
     * @param shape its shape, with a full tile
     * @param solver finds the mask to compare
     * @param pattern the pattern
     * @return the tile; if the mask loses nothing, the one on which greedy loses most
     */
    public static WorstTile find(
            String name, float[] weights, WeightShape shape, MaskSolver solver, NmPattern pattern) {
        Mask best = MaskSolver.exact().solve(weights, shape, pattern);
        Mask mask = solver.solve(weights, shape, pattern);
        WorstTile tile = new WorstTile(name, 0, 0, weights, mask, best).worst();
        if (tile.loss() > 0) {
            return tile;
        }
        Mask greedy = MaskSolver.greedy().solve(weights, shape, pattern);
        WorstTile hard = new WorstTile(name, 0, 0, weights, greedy, best).worst();
        return new WorstTile(name, hard.row, hard.column, weights, mask, best);
    }

    private WorstTile worst() {
        int m = best.getPattern().m();
        WorstTile worst = this;
        for (int r = 0; r + m <= best.getShape().rows(); r += m) {
            for (int c = 0; c + m <= best.getShape().columns(); c += m) {
                WorstTile tile = new WorstTile(name, r, c, weights, mask, best);
                if (tile.loss() > worst.loss()) {
                    worst = tile;
                }
            }
        }
        return worst;
    }

    /**
     * Returns the loss of the mask on this tile.
     *
     * @return the kept magnitude of the best mask less that of the mask, as a share of the former
     */
    public double loss() {
        double keptByBest = kept(best);
        return keptByBest == 0 ? 0 : 1 - kept(mask) / keptByBest;
    }

    private double kept(Mask which) {
        int m = best.getPattern().m();
        double sum = 0;
        for (int r = 0; r < m; r++) {
            for (int c = 0; c < m; c++) {
                sum += which.isKept(0, row + r, column + c) ? magnitude(r, c) : 0;
            }
        }
        return sum;
    }

    /**
     * Returns an entry's magnitude.
     *
     * @param r the row in the tile
     * @param c the column in the tile
     * @return |w|
     */
    public float magnitude(int r, int c) {
        return Math.abs(weights[best.getShape().index(0, row + r, column + c)]);
    }
}
