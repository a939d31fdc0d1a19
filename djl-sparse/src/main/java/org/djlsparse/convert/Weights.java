package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

import org.djlsparse.mask.Mask;

/** The weights of layers in the forms that masks and least squares need. */
final class Weights {

    private Weights() {}

    /** Computes the mask that keeps the largest sum of scores. */
    static Mask solve(ConvertedLayer layer, float[] scores) {
        try {
            return layer.getSolver().solve(scores, layer.getShape(), layer.getPattern());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "layer \"" + layer.getName() + "\": no mask: " + e.getMessage(), e);
        }
    }

    /** Returns a weight as [outputs, inputs + 1], in float64; the last column is 0. */
    static NDArray withBias(Parameter parameter, NDManager scratch) {
        NDArray stopped = parameter.getArray().stopGradient();
        stopped.attach(scratch);
        NDArray flat = stopped.reshape(stopped.getShape().get(0), -1);
        NDArray wide = flat.toType(DataType.FLOAT64, true);
        NDArray last = scratch.zeros(new Shape(flat.getShape().get(0), 1), DataType.FLOAT64);
        return wide.concat(last, 1);
    }

    /** Returns a copy of values with the type and shape of an array. */
    static NDArray typed(NDArray values, NDArray like, NDManager owner) {
        NDArray shaped = values.reshape(like.getShape());
        NDArray typed =
                shaped.getDataType() == like.getDataType()
                        ? shaped.duplicate()
                        : shaped.toType(like.getDataType(), false);
        typed.attach(owner);
        shaped.close();
        return typed;
    }

    /** Returns a copy of a weight in which pruned entries are zero. */
    static NDArray masked(ConvertedLayer layer, Mask mask, NDManager owner) {
        NDArray weight = layer.getParameter().getArray();
        try (NDManager scratch = owner.newSubManager()) {
            NDArray stopped = weight.stopGradient();
            stopped.attach(scratch);
            NDArray kept =
                    scratch.create(mask.toBooleanArray(), weight.getShape())
                            .toType(weight.getDataType(), false);
            NDArray product = stopped.mul(kept);
            product.addi(0); // turns -0 into 0
            product.attach(owner);
            return product;
        }
    }
}
