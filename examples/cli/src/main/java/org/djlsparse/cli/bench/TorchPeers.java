package org.djlsparse.cli.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.mask.TileMasks;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchModule;

/**
 * Published algorithms for transposable masks in PyTorch, for comparison with the library's
 * solvers.
 *
 * <p>They follow their authors' Python code: all tiles at once, in single precision, with the
 * published number of rounds. They take float32 weights {@code [out, in]} whose dimensions are
 * multiples of M, and return a boolean mask on the weight's device, attached to the weight's
 * manager. The library's solvers accept more and guarantee more; see {@link
 * org.djlsparse.torch.TorchMaskSolver}.
 */
public final class TorchPeers implements AutoCloseable {

    /** For magnitudes divided by the largest of the tile. */
    private static final double SHARPNESS = 100;

    private static final int ROUNDS = 300;
    private static final int SWAPS = 10;

    private final TorchModule module;

    private TorchPeers(TorchModule module) {
        this.module = module;
    }

    /**
     * Loads the peers.
     *
     * @param manager the owner of the peers, a manager of DJL's PyTorch engine
     * @return the peers
     */
    public static TorchPeers load(NDManager manager) {
        return new TorchPeers(
                TorchModule.load(TorchArchive.ofResource(TorchPeers.class, "peers.py"), manager));
    }

    /**
     * Multiplies the tiles by the 90 masks of 2:4 and selects the best (Hu et al., 2by4, 2024).
     *
     * @param weight the weight
     * @return the mask, exactly 2 in each row and column of a tile
     */
    public NDArray product(NDArray weight) {
        NmPattern pattern = NmPattern.of(2, TileMasks.M);
        check(weight, pattern);
        int[] masks = TileMasks.of(pattern);
        float[] columns = new float[16 * masks.length];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = masks[i % masks.length] >> (i / masks.length) & 1;
        }
        try (NDArray matrix = weight.getManager().create(columns, new Shape(16, masks.length))) {
            return call("product", weight, matrix);
        }
    }

    /**
     * Keeps entries in the order of their magnitude, largest first, if row and column have room, as
     * the code of Hubara et al. 2021 does. Some rows and columns keep fewer than N.
     *
     * @param weight the weight
     * @param pattern the pattern
     * @return the mask, at most N in each row and column of a tile
     */
    public NDArray greedy(NDArray weight, NmPattern pattern) {
        check(weight, pattern);
        return call("greedy", weight, pattern.n(), pattern.m());
    }

    /**
     * Entropic optimal transport, 300 rounds of Dykstra's method in logarithms, greedy rounding and
     * 10 swaps (Meng et al., TSENOR, 2025).
     *
     * @param weight the weight
     * @param pattern the pattern
     * @return the mask, at most N in each row and column of a tile
     */
    public NDArray entropic(NDArray weight, NmPattern pattern) {
        check(weight, pattern);
        return call("entropic", weight, pattern.n(), pattern.m(), SHARPNESS, ROUNDS, SWAPS);
    }

    private NDArray call(String method, NDArray weight, Object... more) {
        Object[] arguments = new Object[more.length + 1];
        arguments[0] = weight;
        System.arraycopy(more, 0, arguments, 1, more.length);
        return module.call(weight.getManager(), method, arguments).singletonOrThrow();
    }

    private static void check(NDArray weight, NmPattern pattern) {
        Shape shape = weight.getShape();
        if (weight.getDataType() != DataType.FLOAT32
                || shape.dimension() != 2
                || shape.get(0) % pattern.m() != 0
                || shape.get(1) % pattern.m() != 0) {
            throw new IllegalArgumentException(
                    "weight of type "
                            + weight.getDataType()
                            + " and shape "
                            + shape
                            + ": must be float32 with two dimensions, multiples of M = "
                            + pattern.m());
        }
    }

    /** Frees the peers. */
    @Override
    public void close() {
        module.close();
    }
}
