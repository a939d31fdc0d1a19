package org.djlsparse.cli.study;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.mask.MaskDiversity;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;

/**
 * A variant of the training in a study.
 *
 * @param name the name
 * @param mask the kind of the masks; none for the plain model
 * @param pattern the pattern of the masks; null without masks
 * @param change the change of the study's recipe
 */
public record Variant(String name, MaskKind mask, @Nullable NmPattern pattern, Change change) {

    /** The plain model, the baseline. */
    public static final Variant DENSE = new Variant("dense", MaskKind.NONE, null, Change.NONE);

    private static final Variant TWO_OF_FOUR = of(MaskKind.TRANSPOSABLE, 2, 4);

    /** All variants, dense first. */
    public static final List<Variant> ALL =
            List.of(
                    DENSE,
                    of(MaskKind.ROW, 2, 4),
                    TWO_OF_FOUR,
                    of(MaskKind.TRANSPOSABLE, 4, 8),
                    of(MaskKind.TRANSPOSABLE, 8, 16),
                    new Variant(
                            "static-2:4",
                            MaskKind.TRANSPOSABLE,
                            NmPattern.of(2, 4),
                            Change.STATIC));

    /** Transposable 2:4 masks with each of the other changes of the recipe. */
    public static final List<Variant> ABLATION =
            Arrays.stream(Change.values())
                    .filter(change -> change != Change.NONE && change != Change.STATIC)
                    .map(
                            change ->
                                    new Variant(
                                            TWO_OF_FOUR.name + "/" + change,
                                            TWO_OF_FOUR.mask,
                                            TWO_OF_FOUR.pattern,
                                            change))
                    .toList();

    private static Variant of(MaskKind mask, int n, int m) {
        return new Variant(mask + "-" + n + ":" + m, mask, NmPattern.of(n, m), Change.NONE);
    }

    /**
     * Returns whether mask diversity can explain the variant's metric, since its masks change with
     * the weights and nothing else differs.
     *
     * @return {@code true} for masks under the study's own recipe
     */
    public boolean hasDiversity() {
        return pattern != null && change == Change.NONE;
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
