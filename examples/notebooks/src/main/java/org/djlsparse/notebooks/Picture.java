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
 * Pictures for a notebook: a cell that ends in one shows it.
 *
 * <p>They are HTML with the PNG inside. The kernel would show an image itself, too, but leaves out
 * the PNG's last bytes.
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
     * Shows some images below each other.
     *
     * @param pictures HTML, as the other methods return it
     * @return HTML
     */
    public static String column(String... pictures) {
        return List.of(pictures).stream().collect(Collectors.joining("<br/>"));
    }

    /**
     * Shows a corner of a weight and of its transpose, pruned entries white.
     *
     * @param title what it is
     * @param weights the dense weight, in the tensor's row-major order
     * @param mask its mask
     * @return HTML
     */
    public static String mask(String title, float[] weights, Mask mask) {
        return of(MaskPicture.draw(new MaskedWeight(title, mask, weights)));
    }

    /**
     * Shows the tile of a weight on which a mask keeps least of what the best mask keeps.
     *
     * @param solver the solver's name
     * @param weights the weight, in the tensor's row-major order
     * @param mask the solver's mask, whose weight has a full tile
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
     * Shows how two runs of equally many steps learned, in bits.
     *
     * @param title what was trained
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
     * @param title what was trained
     * @param history the refreshes, at least one, as the Sparsifier tells them
     * @param steps the number of training steps
     * @return HTML
     */
    public static String refreshes(String title, List<LayerRefresh> history, int steps) {
        return of(RefreshChart.draw(history, steps, title));
    }
}
