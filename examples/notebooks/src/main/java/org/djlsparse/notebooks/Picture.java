package org.djlsparse.notebooks;

import org.djlsparse.cli.report.LearningCurveChart;
import org.djlsparse.cli.report.MaskPicture;
import org.djlsparse.cli.report.Png;
import org.djlsparse.cli.report.RefreshChart;
import org.djlsparse.cli.report.TilePicture;
import org.djlsparse.cli.run.MaskedWeight;
import org.djlsparse.cli.run.RunResult;
import org.djlsparse.cli.task.Metric;
import org.djlsparse.cli.weights.WorstTile;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.training.LayerRefresh;

import java.awt.image.BufferedImage;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Pictures for a notebook, shown by a cell that ends in one.
 *
 * <p>They are HTML with an embedded PNG, since the kernel's own display of images drops the last
 * bytes of the PNG.
 */
public final class Picture {

    private Picture() {}

    /**
     * Shows an image.
     *
     * @param image the image
     * @return HTML
     */
    public static String of(BufferedImage image) {
        return "<img style='max-width: 100%' src='data:image/png;base64,"
                + Base64.getEncoder().encodeToString(Png.bytes(image))
                + "'/>";
    }

    /**
     * Shows images in a column.
     *
     * @param pictures HTML from the other methods
     * @return HTML
     */
    public static String column(String... pictures) {
        return List.of(pictures).stream().collect(Collectors.joining("<br/>"));
    }

    /**
     * Shows a corner of a weight and of its transpose, with pruned entries white.
     *
     * @param title the title
     * @param weights the dense weight, in the tensor's row-major order
     * @param mask the mask
     * @return HTML
     */
    public static String mask(String title, float[] weights, Mask mask) {
        return of(MaskPicture.draw(new MaskedWeight(title, mask, weights)));
    }

    /**
     * Shows the tile of a weight on which a mask loses most against the best mask.
     *
     * @param solver the solver's name
     * @param weights the weight, in the tensor's row-major order
     * @param mask the solver's mask of a weight with at least one full tile
     * @return HTML
     */
    public static String worstTile(String solver, float[] weights, Mask mask) {
        MaskSolver found = (values, shape, pattern) -> mask;
        return of(
                TilePicture.draw(
                        WorstTile.find(
                                "weight", weights, mask.getShape(), found, mask.getPattern()),
                        solver));
    }

    /**
     * Shows the learning curves of two runs of the same number of steps, in bits.
     *
     * @param title the title
     * @param dense the run without masks; losses in nats
     * @param sparse the run with masks; losses in nats
     * @return HTML
     */
    public static String learningCurves(String title, RunResult dense, RunResult sparse) {
        return of(LearningCurveChart.draw(dense, sparse, Metric.BITS_PER_CHARACTER, title));
    }

    /**
     * Shows flip rate and kept magnitude over the refreshes.
     *
     * @param title the title
     * @param history the Sparsifier's history, with at least one refresh
     * @param steps the number of training steps
     * @return HTML
     */
    public static String refreshes(String title, List<LayerRefresh> history, int steps) {
        return of(RefreshChart.draw(history, steps, title));
    }
}
