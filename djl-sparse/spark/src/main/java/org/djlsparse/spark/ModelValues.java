package org.djlsparse.spark;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SymbolBlock;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.Pair;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * The values of a model's parameters, which are broadcast to all machines and put into models that
 * a factory builds there. Immutable.
 */
final class ModelValues implements Serializable {

    private static final long serialVersionUID = 1;

    private final ChunkedBytes bytes = new ChunkedBytes();
    private final ArrayList<String> names = new ArrayList<>();
    private final ArrayList<long[]> shapes = new ArrayList<>();
    private final HashSet<String> frozen = new HashSet<>();

    /**
     * Copies the values of a model. Cost: the memory of the model, on the heap.
     *
     * @throws IllegalArgumentException if the model is not initialized, or has a module whose
     *     parameters DJL does not save
     */
    ModelValues(Block block) {
        checkNoModules(block, "block");
        for (Pair<String, Parameter> pair : block.getParameters()) {
            Parameter parameter = pair.getValue();
            if (!parameter.isInitialized()) {
                throw new IllegalArgumentException(
                        "parameter \"" + pair.getKey() + "\": must be initialized");
            }
            names.add(pair.getKey());
            shapes.add(parameter.getArray().getShape().getShape());
            if (!parameter.requiresGradient()) {
                frozen.add(pair.getKey());
            }
        }
        try {
            block.saveParameters(new DataOutputStream(bytes.newOutput()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void checkNoModules(Block block, String name) {
        if (block instanceof SymbolBlock) {
            throw new IllegalArgumentException(
                    name
                            + ": holds a TorchScript module, which can only be converted on the"
                            + " driver");
        }
        block.getChildren().values().forEach(child -> checkNoModules(child, name));
    }

    /**
     * Puts the values into a model from a factory.
     *
     * @param block the model, initialized or not
     * @param manager the owner of the new arrays
     * @throws IllegalArgumentException if it has other parameters, or parameters of other shapes
     */
    void putInto(Block block, NDManager manager) {
        checkSame(block);
        block.clear();
        try {
            block.loadParameters(
                    manager, new DataInputStream(new BufferedInputStream(bytes.newInput())));
        } catch (IOException | MalformedModelException e) {
            throw new IllegalArgumentException(
                    "model: the factory's model differs from the driver's: " + e.getMessage(), e);
        }
        for (Pair<String, Parameter> pair : block.getParameters()) {
            pair.getValue().freeze(frozen.contains(pair.getKey()));
        }
    }

    /**
     * Checks a factory's model before anything is sent. If its shapes are not known yet, they are
     * found out for the inputs of the driver's model.
     *
     * @throws IllegalArgumentException if it has other parameters, or parameters of other shapes
     */
    void check(BlockFactory factory, Block original) {
        Block block = factory.newBlock();
        checkOwn(block, original);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            if (!block.isInitialized()) {
                block.setInitializer(Initializer.ZEROS, parameter -> true); // draws no numbers
                initialize(block, original, manager);
            }
            checkSame(block);
            block.clear();
        }
    }

    /**
     * A factory that runs on the driver could return the driver's model, which must not be cleared.
     */
    private static void checkOwn(Block block, Block original) {
        List<Parameter> own = block.getParameters().values();
        if (original.getParameters().values().stream().anyMatch(own::contains)) {
            throw new IllegalArgumentException(
                    "model: the factory must build a new model at each call, but it returned"
                            + " parameters of the model to convert");
        }
    }

    private static void initialize(Block block, Block original, NDManager manager) {
        try {
            Shape[] inputs = original.getInputShapes();
            if (inputs != null) {
                block.initialize(manager, DataType.FLOAT32, inputs);
            }
        } catch (RuntimeException e) {
            // Not every block can be initialized from the shapes that it remembers. The names are
            // compared in any case.
        }
    }

    private void checkSame(Block block) {
        checkNoModules(block, "model");
        List<String> own = block.getParameters().keys();
        for (int i = 0; i < Math.max(own.size(), names.size()); i++) {
            if (i >= own.size() || i >= names.size() || !own.get(i).equals(names.get(i))) {
                throw new IllegalArgumentException(
                        "model: parameter "
                                + (i + 1)
                                + " of the factory's model is "
                                + nameOf(own, i)
                                + ": must be "
                                + nameOf(names, i)
                                + ", as in the driver's model");
            }
            Parameter parameter = block.getParameters().valueAt(i);
            if (parameter.isInitialized()) {
                checkShape(own.get(i), parameter.getArray().getShape().getShape(), shapes.get(i));
            }
        }
    }

    private static String nameOf(List<String> names, int index) {
        return index < names.size() ? "\"" + names.get(index) + "\"" : "absent";
    }

    private static void checkShape(String name, long[] own, long[] expected) {
        if (!Arrays.equals(own, expected)) {
            throw new IllegalArgumentException(
                    "model: parameter \""
                            + name
                            + "\" of the factory's model has shape "
                            + Arrays.toString(own)
                            + ": must be "
                            + Arrays.toString(expected)
                            + ", as in the driver's model");
        }
    }
}
