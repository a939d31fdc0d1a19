package org.djlsparse.cli.task;

import org.djlsparse.cli.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The size of a task's model.
 *
 * @param width the factor of the layers' widths
 * @param depth the number of hidden layers, of blocks per stage, or of transformer layers; null for
 *     the model's default
 * @param dropout the rate of dropout; null for the model's default
 */
public record ModelSize(double width, @Nullable Integer depth, @Nullable Float dropout) {

    /** The size that each model has by default. */
    public static final ModelSize DEFAULT = new ModelSize(1, null, null);

    /** Returns a layer's width, at least 1. */
    int scaled(int units) {
        return (int) Math.max(1, Math.round(width * units));
    }

    int depthOr(int layers) {
        return depth == null ? layers : depth;
    }

    float dropoutOr(float rate) {
        return dropout == null ? rate : dropout;
    }

    /** Throws unless this is the default size. */
    void checkDefault(ModelName model) {
        String constraint = "model " + model + " has one size; leave this option out";
        if (width != 1) {
            throw new InputException("width", width, constraint);
        }
        if (depth != null) {
            throw new InputException("depth", depth, constraint);
        }
        if (dropout != null) {
            throw new InputException("dropout", dropout, constraint);
        }
    }
}
