package org.djlsparse.cli.bench;

import com.google.gson.annotations.SerializedName;

import java.util.Locale;

/** What of a layer is timed. */
public enum Product {
    /** The product of the forward pass, from a packed weight. */
    @SerializedName("forward")
    FORWARD,
    /** The product that gives the gradient of the input, from a packed weight. */
    @SerializedName("input gradient")
    INPUT_GRADIENT,
    /** The product that gives the gradient of the weight. */
    @SerializedName("weight gradient")
    WEIGHT_GRADIENT,
    /** The layer in training: both passes, packing included. */
    @SerializedName("layer")
    LAYER,
    /** The product of the forward pass with a single row. */
    @SerializedName("prediction")
    PREDICTION;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
