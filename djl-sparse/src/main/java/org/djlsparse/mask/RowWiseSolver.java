package org.djlsparse.mask;

/**
 * Keeps the N largest of every M consecutive inputs of an output: optimal for masks that must be
 * valid along rows only. Cost: N * M steps for each group.
 */
final class RowWiseSolver extends TileSolver {

    RowWiseSolver(int threads) {
        super(threads);
    }

    @Override
    public String getName() {
        return "row-wise";
    }

    @Override
    TileWorker newWorker(NmPattern pattern) {
        return (tile, height, width, keep) -> {
            for (int row = 0; row < height; row++) {
                for (int k = Math.min(pattern.n(), width); k > 0; k--) {
                    keepLargest(tile, row * width, width, keep);
                }
            }
        };
    }

    private static void keepLargest(float[] tile, int start, int width, boolean[] keep) {
        int best = -1;
        for (int entry = start; entry < start + width; entry++) {
            if (!keep[entry] && (best < 0 || tile[entry] > tile[best])) {
                best = entry;
            }
        }
        keep[best] = true;
    }
}
