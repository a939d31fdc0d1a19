package org.djlsparse.cli.study;

import org.djlsparse.Sparsifier;
import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.run.MaskedSteps;
import org.djlsparse.mask.MaskDiversity;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.util.List;

/**
 * A variant of the training in a study.
 *
 * @param name the name
 * @param mask the kind of the masks; none for the plain model
 * @param pattern the pattern of the masks; null without masks
 * @param dynamic whether masks are refreshed after the first
 */
public record Variant(String name, MaskKind mask, @Nullable NmPattern pattern, boolean dynamic) {

    /** The plain model, the baseline. */
    public static final Variant DENSE = new Variant("dense", MaskKind.NONE, null, false);

    /** All variants, dense first. */
    public static final List<Variant> ALL =
            List.of(
                    DENSE,
                    new Variant("row-2:4", MaskKind.ROW, NmPattern.of(2, 4), true),
                    new Variant(
                            "transposable-2:4", MaskKind.TRANSPOSABLE, NmPattern.of(2, 4), true),
                    new Variant(
                            "transposable-4:8", MaskKind.TRANSPOSABLE, NmPattern.of(4, 8), true),
                    new Variant(
                            "transposable-8:16", MaskKind.TRANSPOSABLE, NmPattern.of(8, 16), true),
                    new Variant("static-2:4", MaskKind.TRANSPOSABLE, NmPattern.of(2, 4), false));

    /**
     * Creates the Sparsifier of a run.
     *
     * @param settings the settings of the study
     * @return a new Sparsifier; null for the plain model
     */
    @Nullable Sparsifier newSparsifier(StudySettings settings) {
        if (pattern == null) {
            return null;
        }
        MaskSchedule schedule =
                MaskedSteps.of(
                        dynamic ? MaskSchedule.every(settings.refreshEvery()) : MaskSchedule.once(),
                        settings.warmUp(),
                        settings.denseFinish(),
                        settings.steps());
        return Sparsifier.builder()
                .setPattern(pattern)
                .optSolver(mask.newSolver())
                .optSchedule(schedule)
                .optRule(settings.rule().rule(settings.lambda()))
                .build();
    }

    /**
     * Returns whether mask diversity can explain the variant's metric, since its masks change with
     * the weights.
     *
     * @return {@code true} for dynamic masks
     */
    public boolean hasDiversity() {
        return pattern != null && dynamic;
    }

    /**
     * Counts the masks that satisfy the variant's constraint.
     *
     * @param side the number of rows, and of columns, of the block: a multiple of M
     * @return the count
     * @throws IllegalStateException if the variant has no masks
     */
    public BigInteger countMasks(int side) {
        return mask == MaskKind.ROW
                ? MaskDiversity.rowWise(checkedPattern(), side)
                : MaskDiversity.transposable(checkedPattern(), side);
    }

    /**
     * Evaluates the paper's formula for the variant's constraint. For row masks it is their number.
     *
     * @param side the number of rows, and of columns, of the block: a multiple of M
     * @return the value
     * @throws IllegalStateException if the variant has no masks
     */
    public BigInteger paperFormula(int side) {
        return mask == MaskKind.ROW
                ? MaskDiversity.rowWise(checkedPattern(), side)
                : MaskDiversity.transposableFormula(checkedPattern(), side);
    }

    private NmPattern checkedPattern() {
        if (pattern == null) {
            throw new IllegalStateException("variant " + name + ": has no masks");
        }
        return pattern;
    }

    @Override
    public String toString() {
        return name;
    }
}
