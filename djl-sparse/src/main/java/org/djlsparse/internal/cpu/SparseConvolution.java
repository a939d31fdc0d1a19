package org.djlsparse.internal.cpu;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The three products of a convolution of one group with a masked weight, {@code [out, in, height,
 * width]}.
 *
 * <p>The input is not unfolded. Positions run over a {@link Grid} on which a tap's operand is
 * always the same number of floats behind the result's position, so that each pair of a channel and
 * a tap is a column with contiguous operands. Positions without a result are computed, but not
 * stored. A stride splits the input into phases, which are separate sources. The gradient of the
 * input is one product for each phase.
 *
 * <p>Everything that depends only on the mask is made when it is first needed. Thread-safe.
 */
public final class SparseConvolution {

    /** The columns of a chunk, for classes of some tens of columns. */
    private static final int CHUNK_COLUMNS = 1152;

    /** The most positions of a window, for products and for the weight's gradient. */
    private static final int WINDOW = 1024;

    private static final int GRADIENT_WINDOW = 512;

    private final PanelOps ops;
    private final Mask mask;
    private final Axis vertical;
    private final Axis horizontal;
    private @Nullable ColumnClasses classes;
    private @Nullable KeptGradient gradient;
    private @Nullable List<Phase> phases;

    /** A phase of the input, and the matrix of the product that gives its gradient. */
    private record Phase(
            int vertical,
            int horizontal,
            List<Integer> rowTaps,
            List<Integer> columnTaps,
            ColumnClasses classes) {}

    /**
     * A product on a grid.
     *
     * @param grid the positions
     * @param rows for each source, the rows of the operand's images that it has
     * @param columns for each source, the columns of the operand's images that it has
     * @param sourceOf the source that each tap reads
     * @param shifts the distance of each tap's operand behind a position
     */
    private record Plan(
            Grid grid,
            List<Steps> rows,
            List<Steps> columns,
            List<Integer> sourceOf,
            List<Integer> shifts) {

        List<PanelSource> sources(Images images) {
            List<PanelSource> sources = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                sources.add(images.on(grid, rows.get(i), columns.get(i)));
            }
            return sources;
        }
    }

    /**
     * Prepares products with weights of a mask.
     *
     * @param ops the inner loops
     * @param mask the mask
     * @param vertical the convolution along the height
     * @param horizontal the convolution along the width
     * @throws IllegalArgumentException if the mask is not of a weight of that kernel
     */
    public SparseConvolution(PanelOps ops, Mask mask, Axis vertical, Axis horizontal) {
        if (mask.getShape().taps() != vertical.kernel() * horizontal.kernel()) {
            throw new IllegalArgumentException(
                    "mask of "
                            + mask.getShape().taps()
                            + " taps: must be "
                            + vertical.kernel()
                            + " x "
                            + horizontal.kernel());
        }
        this.ops = ops;
        this.mask = mask;
        this.vertical = vertical;
        this.horizontal = horizontal;
    }

    /**
     * Packs a weight for the forward product.
     *
     * @param weight the weight's entries; pruned entries are not read
     * @param spare an earlier result that is no longer used, whose memory may be used again; or
     *     null
     * @param workers the threads
     * @return the matrix
     * @throws IllegalArgumentException if an input feeds more than four of eight outputs through a
     *     tap; the message names it
     */
    public PackedMatrix packForward(
            FloatBuffer weight, @Nullable PackedMatrix spare, Workers workers) {
        return PackedMatrix.of(ops, classes()).withValues(weight, spare, workers);
    }

    /**
     * Packs a weight for the gradient of the input.
     *
     * @param weight the weight's entries; pruned entries are not read
     * @param spare as for the forward product
     * @param workers the threads
     * @return a transposed matrix for each phase of the input that taps read
     * @throws IllegalArgumentException if an output reads more than four of eight inputs through a
     *     tap; the message names it
     */
    public List<PackedMatrix> packInputGradient(
            FloatBuffer weight, @Nullable List<PackedMatrix> spare, Workers workers) {
        List<PackedMatrix> packed = new ArrayList<>();
        for (Phase phase : phases()) {
            PackedMatrix old = spare == null ? null : spare.get(packed.size());
            packed.add(PackedMatrix.of(ops, phase.classes()).withValues(weight, old, workers));
        }
        return List.copyOf(packed);
    }

    private synchronized ColumnClasses classes() {
        if (classes == null) {
            WeightShape shape = mask.getShape();
            int[] taps = new int[shape.taps()];
            for (int i = 0; i < taps.length; i++) {
                taps[i] = i;
            }
            classes = newClasses(WeightView.of(shape, taps));
        }
        return classes;
    }

    private synchronized KeptGradient gradient() {
        if (gradient == null) {
            gradient = new KeptGradient(ops, classes());
        }
        return gradient;
    }

    private synchronized List<Phase> phases() {
        if (phases == null) {
            phases = new ArrayList<>();
            for (int a : vertical.phases()) {
                for (int b : horizontal.phases()) {
                    phases.add(newPhase(a, b, vertical.tapsOf(a), horizontal.tapsOf(b)));
                }
            }
        }
        return phases;
    }

    private Phase newPhase(int a, int b, List<Integer> rowTaps, List<Integer> columnTaps) {
        int[] taps = new int[rowTaps.size() * columnTaps.size()];
        int count = 0;
        for (int i : rowTaps) {
            for (int j : columnTaps) {
                taps[count++] = i * horizontal.kernel() + j;
            }
        }
        WeightView view = WeightView.transposed(mask.getShape(), taps);
        return new Phase(a, b, rowTaps, columnTaps, newClasses(view));
    }

    private ColumnClasses newClasses(WeightView view) {
        return new ColumnClasses(mask, view, Math.max(1, CHUNK_COLUMNS / view.taps().length));
    }

    /**
     * Computes the forward product.
     *
     * @param packed the result of {@link #packForward}
     * @param x the input
     * @param y takes the results
     * @param bias a number to add to each output; null for none
     * @param workers the threads
     */
    public void multiply(
            PackedMatrix packed, Images x, Images y, float @Nullable [] bias, Workers workers) {
        Plan plan = forwardPlan(x, y);
        packed.multiply(
                places(plan, packed.getClasses(), WINDOW),
                plan.sources(x),
                plan.grid().positions(),
                whole(y, plan.grid()),
                bias,
                workers);
    }

    /**
     * Computes the gradient of the input. Phases of the input that no tap reads are not written:
     * see {@link #readsAll}.
     *
     * @param packed the result of {@link #packInputGradient}
     * @param dy the gradient of the results
     * @param dx takes the gradient of the input
     * @param workers the threads
     */
    public void inputGradient(List<PackedMatrix> packed, Images dy, Images dx, Workers workers) {
        for (int i = 0; i < packed.size(); i++) {
            Phase phase = phases().get(i);
            Steps rows = fromFirst(vertical.phase(phase.vertical(), dx.height()));
            Steps columns = fromFirst(horizontal.phase(phase.horizontal(), dx.width()));
            if (rows.end() < 1 || columns.end() < 1) {
                continue; // no row or column of the input is of this phase
            }
            Plan plan = backwardPlan(phase, rows, columns, dy);
            packed.get(i)
                    .multiply(
                            places(plan, phase.classes(), WINDOW),
                            plan.sources(dy),
                            plan.grid().positions(),
                            dx.on(plan.grid(), rows, columns),
                            null,
                            workers);
        }
    }

    /**
     * Returns whether taps read all pixels of an input.
     *
     * @return {@code false} if {@link #inputGradient} leaves pixels out
     */
    public boolean readsAll() {
        return vertical.phases().size() == vertical.stride()
                && horizontal.phases().size() == horizontal.stride();
    }

    /**
     * Computes the gradient of the weight at the entries that the mask keeps.
     *
     * @param x the input
     * @param dy the gradient of the results
     * @param dw takes the gradient, in the weight's layout; zero at pruned entries
     * @param workers the threads
     * @throws IllegalArgumentException if an input feeds more than four of eight outputs through a
     *     tap; the message names it
     */
    public void weightGradient(Images x, Images dy, FloatBuffer dw, Workers workers) {
        Plan plan = forwardPlan(x, dy);
        gradient()
                .multiply(
                        places(plan, classes(), GRADIENT_WINDOW),
                        plan.sources(x),
                        whole(dy, plan.grid()),
                        plan.grid().positions(),
                        dw,
                        workers);
    }

    private static GridPanels whole(Images images, Grid grid) {
        return images.on(grid, new Steps(1, 0, images.height()), new Steps(1, 0, images.width()));
    }

    private Plan forwardPlan(Images x, Images y) {
        List<Integer> rowPhases = vertical.phases();
        List<Integer> columnPhases = horizontal.phases();
        List<Steps> rowSteps = steps(vertical, x.height());
        List<Steps> columnSteps = steps(horizontal, x.width());
        int rowShift = vertical.shift(vertical.kernel() - 1);
        int columnShift = horizontal.shift(horizontal.kernel() - 1);
        Grid grid =
                Grid.of(
                        x.count(),
                        Grid.length(y.height(), rowShift, rowSteps),
                        Grid.length(y.width(), columnShift, columnSteps),
                        y.height());
        List<Steps> rows = new ArrayList<>();
        List<Steps> columns = new ArrayList<>();
        for (Steps row : rowSteps) {
            for (Steps column : columnSteps) {
                rows.add(row);
                columns.add(column);
            }
        }
        List<Integer> sourceOf = new ArrayList<>();
        List<Integer> shifts = new ArrayList<>();
        for (int i = 0; i < vertical.kernel(); i++) {
            for (int j = 0; j < horizontal.kernel(); j++) {
                int row = rowPhases.indexOf(vertical.phase(i));
                int column = columnPhases.indexOf(horizontal.phase(j));
                sourceOf.add(row * columnPhases.size() + column);
                shifts.add(vertical.shift(i) * grid.rowStride() + horizontal.shift(j));
            }
        }
        return new Plan(grid, rows, columns, sourceOf, shifts);
    }

    private static List<Steps> steps(Axis axis, int size) {
        return axis.phases().stream().map(phase -> axis.phase(phase, size)).toList();
    }

    /** The same rows, from the first one that the image has. */
    private static Steps fromFirst(Steps steps) {
        return new Steps(steps.step(), steps.at(steps.first()), steps.size());
    }

    /** Row U of a phase is the sum over its taps of row U - shift of the results' gradient. */
    private Plan backwardPlan(Phase phase, Steps rows, Steps columns, Images dy) {
        int rowShift = vertical.shift(last(phase.rowTaps()));
        int columnShift = horizontal.shift(last(phase.columnTaps()));
        Steps dyRows = behind(vertical, phase.vertical(), rows, rowShift, dy.height());
        Steps dyColumns = behind(horizontal, phase.horizontal(), columns, columnShift, dy.width());
        int rowSpan = rowShift - vertical.shift(phase.rowTaps().get(0));
        int columnSpan = columnShift - horizontal.shift(phase.columnTaps().get(0));
        Grid grid =
                Grid.of(
                        dy.count(),
                        Grid.length(rows.end(), rowSpan, List.of(dyRows)),
                        Grid.length(columns.end(), columnSpan, List.of(dyColumns)),
                        rows.end());
        List<Integer> sourceOf = new ArrayList<>();
        List<Integer> shifts = new ArrayList<>();
        for (int i : phase.rowTaps()) {
            for (int j : phase.columnTaps()) {
                sourceOf.add(0);
                int row = rowShift - vertical.shift(i);
                shifts.add(row * grid.rowStride() + columnShift - horizontal.shift(j));
            }
        }
        return new Plan(grid, List.of(dyRows), List.of(dyColumns), sourceOf, shifts);
    }

    /** The gradient's rows, moved so that the tap with the largest shift reads at shift 0. */
    private static Steps behind(Axis axis, int phase, Steps rows, int shift, int size) {
        int first = (rows.offset() - (phase - axis.padding())) / axis.stride();
        return new Steps(1, first - shift, size);
    }

    private static int last(List<Integer> taps) {
        return taps.get(taps.size() - 1);
    }

    private ColumnPlaces places(Plan plan, ColumnClasses matrix, int most) {
        int lanes = ops.getLanes();
        int panel = lanes * ops.getMaxVectors();
        int sources = plan.rows().size();
        int largest = Collections.max(plan.shifts());
        int halo = (largest + lanes - 1) / lanes * lanes;
        int room = ColumnPlaces.CACHE / (matrix.chunkChannels * sources) - halo;
        int window = Math.max(2 * panel, Math.min(most, room)) / lanes * lanes;
        if (sources * (window + halo) % (8 * ColumnPlaces.GAP) == 0) {
            halo += ColumnPlaces.GAP;
        }
        return new ColumnPlaces(window, halo, sources, plan.sourceOf(), plan.shifts());
    }
}
