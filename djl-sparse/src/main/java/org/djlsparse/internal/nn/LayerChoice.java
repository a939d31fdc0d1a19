package org.djlsparse.internal.nn;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;

/**
 * The decision for one parameter of a block: a mask, or none and why.
 *
 * @param names the parameter's names; several if several blocks share it
 * @param parameter the parameter
 * @param reason why it gets no mask, in words; null if it does
 * @param masks its mask's settings; null if it gets none
 * @param byDefault whether the policy's default decided, rather than an entry
 * @param inPlace whether its weight is masked in place: it is inside a module of the engine, which
 *     reads it past any store
 */
public record LayerChoice(
        List<String> names,
        Parameter parameter,
        @Nullable String reason,
        @Nullable MaskConfig masks,
        boolean byDefault,
        boolean inPlace) {

    /**
     * Returns the same parameter without a mask.
     *
     * @param why the reason in words
     * @return the choice
     */
    public LayerChoice dense(String why) {
        return new LayerChoice(names, parameter, why, null, byDefault, inPlace);
    }

    /**
     * Returns the same parameter with a mask of another pattern.
     *
     * @param other the pattern
     * @return the choice
     * @throws IllegalArgumentException if the solver does not support it
     */
    public LayerChoice withPattern(NmPattern other) {
        MaskConfig changed = getMasks().withPattern(other);
        return new LayerChoice(names, parameter, null, changed, byDefault, inPlace);
    }

    /**
     * Returns the name by which the parameter is known.
     *
     * @return the first of its names
     */
    public String name() {
        return names.get(0);
    }

    /**
     * Returns the parameter's other names.
     *
     * @return the names; empty unless several blocks share it
     */
    public List<String> otherNames() {
        return names.subList(1, names.size());
    }

    /**
     * Returns whether the parameter gets a mask.
     *
     * @return {@code true} if it does
     */
    public boolean isChosen() {
        return masks != null;
    }

    /**
     * Returns the mask's settings of a parameter that gets a mask.
     *
     * @return the settings
     * @throws NullPointerException if it gets none
     */
    public MaskConfig getMasks() {
        return Objects.requireNonNull(masks);
    }

    /**
     * Returns the parameter's shape.
     *
     * @return the shape
     */
    public Shape getShape() {
        return ParameterShape.known(parameter);
    }

    /**
     * Returns the shape of the weight as matrices.
     *
     * @return the shape
     * @throws IllegalArgumentException if it has fewer than two dimensions
     */
    public WeightShape getWeightShape() {
        return WeightShape.of(getShape().getShape());
    }

    boolean isFrozen() {
        return !parameter.requiresGradient();
    }

    /** Whether it would get a mask if it were not frozen. */
    boolean isDenseAsFrozen() {
        return MaskableLayers.FROZEN.equals(reason);
    }
}
