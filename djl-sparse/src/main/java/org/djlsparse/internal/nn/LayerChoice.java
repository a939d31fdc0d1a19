package org.djlsparse.internal.nn;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;

/**
 * The decision for one parameter of a block: a mask, or none with the reason.
 *
 * @param names the parameter's names; several if several blocks share it
 * @param parameter the parameter
 * @param reason why the parameter gets no mask, in words; null if it gets one
 * @param masks the settings of its mask; null if it gets none
 * @param byDefault whether the policy's default decided, rather than an entry
 * @param inPlace whether the weight is masked in place, because it is inside a module of the
 *     engine, which reads it without a parameter store
 */
public record LayerChoice(
        List<String> names,
        Parameter parameter,
        @Nullable String reason,
        @Nullable MaskConfig masks,
        boolean byDefault,
        boolean inPlace) {

    /**
     * Returns a choice that leaves the parameter dense.
     *
     * @param why the reason in words
     * @return the choice
     */
    public LayerChoice dense(String why) {
        return new LayerChoice(names, parameter, why, null, byDefault, inPlace);
    }

    /**
     * Returns a choice that gives the parameter a mask of another pattern.
     *
     * @param other the pattern
     * @return the choice
     * @throws IllegalArgumentException if the solver does not support the pattern
     */
    public LayerChoice withPattern(NmPattern other) {
        MaskConfig changed = getMasks().withPattern(other);
        return new LayerChoice(names, parameter, null, changed, byDefault, inPlace);
    }

    /**
     * Returns the parameter's main name.
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
     * @return {@code true} if it gets one
     */
    public boolean isChosen() {
        return masks != null;
    }

    /**
     * Returns the settings of the parameter's mask.
     *
     * @return the settings
     * @throws NullPointerException if the parameter gets no mask
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

    /** Returns whether the parameter stays dense only because it is frozen. */
    boolean isDenseAsFrozen() {
        return MaskableLayers.FROZEN.equals(reason);
    }
}
