package org.djlsparse.convert;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Linear;

import org.djlsparse.internal.convert.FittedLayer;
import org.djlsparse.internal.nn.LayerChoice;
import org.djlsparse.internal.nn.ParameterValues;
import org.djlsparse.internal.torch.LeastSquares.Patches;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;

/** A weight that gets a mask, the blocks that use it, and the results of its conversion. */
final class ConvertedLayer {

    static final String NOT_CALLED = "not called by the model on the calibration samples";

    private final LayerChoice choice;
    private final List<Block> blocks;
    private @Nullable String reason;
    private @Nullable Mask mask;
    private double density;
    private double keptMagnitude;
    private double errorBefore = Double.NaN;
    private double errorAfter = Double.NaN;
    private String method = MaskOnly.NAME;
    private long positions;
    private long fitNanos;

    ConvertedLayer(LayerChoice choice, List<Block> blocks) {
        this.choice = choice;
        this.blocks = blocks;
        this.reason = rejection();
    }

    /** Returns why the weight cannot be fitted, judging by its blocks; null if it can. */
    private @Nullable String rejection() {
        if (choice.inPlace()) {
            return "inside a TorchScript module, whose layers' inputs cannot be observed";
        }
        if (blocks.isEmpty()) {
            return "not held by any block";
        }
        for (Block block : blocks) {
            if (!(block instanceof Linear || block instanceof Conv1d || block instanceof Conv2d)) {
                return "block "
                        + block.getClass().getSimpleName()
                        + " is not Linear, Conv1d or Conv2d";
            }
            if (block.getDirectParameters().get("weight") != choice.parameter()) {
                return "not the weight of block " + block.getClass().getSimpleName();
            }
        }
        if (blocks.stream().map(Object::getClass).distinct().count() > 1
                || blocks.stream().map(ConvertedLayer::geometry).distinct().count() > 1) {
            return "shared by blocks of different kinds";
        }
        return null;
    }

    private static List<Object> geometry(Block block) {
        return block instanceof Convolution convolution
                ? List.of(
                        convolution.getKernelShape(),
                        convolution.getDilation(),
                        convolution.getPadding(),
                        convolution.getStride())
                : List.of();
    }

    /** Returns the patches that the blocks cut from their input; null if they are linear. */
    @Nullable Patches getPatches() {
        return blocks.get(0) instanceof Convolution convolution
                ? new Patches(
                        pair(convolution.getKernelShape(), 1),
                        pair(convolution.getDilation(), 1),
                        pair(convolution.getPadding(), 0),
                        pair(convolution.getStride(), 1))
                : null;
    }

    private static long[] pair(Shape shape, long height) {
        return shape.dimension() == 1
                ? new long[] {height, shape.get(0)}
                : new long[] {shape.get(0), shape.get(1)};
    }

    static @Nullable Parameter biasOf(Block block) {
        return block.getDirectParameters().get("bias");
    }

    /** Returns the bias to fit with the weight; null if there is none, or it must not change. */
    @Nullable Parameter getOwnBias() {
        Parameter bias = blocks.size() == 1 ? biasOf(blocks.get(0)) : null;
        return bias != null && bias.requiresGradient() ? bias : null;
    }

    String getName() {
        return choice.name();
    }

    LayerChoice getChoice() {
        return choice;
    }

    Parameter getParameter() {
        return choice.parameter();
    }

    List<Block> getBlocks() {
        return blocks;
    }

    WeightShape getShape() {
        return choice.getWeightShape();
    }

    /** Returns the number of inputs of an output, times the number of taps. */
    long getInputs() {
        return (long) getShape().columns() * getShape().taps();
    }

    NmPattern getPattern() {
        return choice.getMasks().pattern();
    }

    MaskSolver getSolver() {
        return choice.getMasks().solver();
    }

    boolean isFitted() {
        return reason == null;
    }

    @Nullable String getReason() {
        return reason;
    }

    void refuse(String why) {
        if (reason == null) {
            reason = why;
        }
    }

    void countPositions(long count) {
        positions += count;
    }

    long getPositions() {
        return positions;
    }

    Mask getMask() {
        return Objects.requireNonNull(mask);
    }

    void maskByMagnitude() {
        float[] weights = ParameterValues.read(choice.parameter().getArray());
        setMask(Weights.solve(this, weights), weights);
    }

    void setMask(Mask mask, float[] weights) {
        this.mask = mask;
        density = mask.getDensity();
        keptMagnitude = mask.getKeptMagnitude(weights);
    }

    void addFitNanos(long nanos) {
        fitNanos += nanos;
    }

    long getFitNanos() {
        return fitNanos;
    }

    void setErrors(double before, double after, String method) {
        errorBefore = before;
        errorAfter = after;
        this.method = method;
    }

    /** Takes the figures of a fit on another machine. */
    void setFigures(FittedLayer fitted, String method) {
        density = fitted.getDensity();
        keptMagnitude = fitted.getKeptMagnitude();
        setErrors(fitted.getErrorBefore(), fitted.getErrorAfter(), method);
        fitNanos = fitted.getNanos();
    }

    /** Returns the fit's result for another machine. */
    FittedLayer getFigures(byte[] weight, byte @Nullable [] bias) {
        return new FittedLayer(
                weight, bias, density, keptMagnitude, errorBefore, errorAfter, fitNanos);
    }

    LayerConversion report() {
        return new LayerConversion(
                getName(),
                choice.getShape(),
                getPattern(),
                method,
                density,
                keptMagnitude,
                Double.isNaN(errorBefore) ? null : errorBefore,
                Double.isNaN(errorAfter) ? null : errorAfter,
                fitNanos / 1e9,
                reason,
                choice.otherNames());
    }
}
