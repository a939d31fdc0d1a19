package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;

import org.djlsparse.internal.nn.ParameterOwners;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Forward passes of a copy of the dense model on one part of the samples, with hooks on the layers
 * to be fitted.
 */
final class ModelCopyPass implements AutoCloseable {

    private final NDManager manager;
    private final ModelPass pass;
    private final List<ConvertedLayer> layers;
    private final Map<Block, ConvertedLayer> byBlock = new HashMap<>();
    private final ForwardHooks hooks;
    private @Nullable CallSink sink;

    /**
     * Registers hooks in the copy, until this object is closed.
     *
     * @throws IllegalArgumentException if the copy lacks a layer or has one that cannot be fitted
     */
    ModelCopyPass(Block block, List<LayerTask> tasks) {
        layers = find(block, tasks);
        for (ConvertedLayer layer : layers) {
            layer.getBlocks().forEach(owner -> byBlock.put(owner, layer));
        }
        hooks = new ForwardHooks(block, byBlock::containsKey, ModelPass.guarded(this::onForward));
        hooks.getReasons()
                .forEach(
                        (prefix, reason) -> {
                            hooks.close();
                            throw differs(prefix + "weight", reason);
                        });
        NDArray first = block.getParameters().valueAt(0).getArray();
        manager = first.getManager().newSubManager(first.getDevice());
        pass = new ModelPass(manager, () -> false);
    }

    /** Finds layers in a copy of the model. */
    static List<ConvertedLayer> find(Block block, List<LayerTask> tasks) {
        ParameterOwners owners = new ParameterOwners(block);
        List<ConvertedLayer> layers = tasks.stream().map(task -> task.find(block, owners)).toList();
        for (ConvertedLayer layer : layers) {
            if (!layer.isFitted()) {
                throw differs(layer.getName(), String.valueOf(layer.getReason()));
            }
        }
        return layers;
    }

    private static IllegalArgumentException differs(String layer, String reason) {
        return new IllegalArgumentException(
                "layer \"" + layer + "\": cannot be fitted in the copy of the model: " + reason);
    }

    private void onForward(Block called, NDArray input, NDArray output) {
        ConvertedLayer layer = byBlock.get(called);
        if (sink != null && layer != null) {
            sink.onForward(layer, called, input, output);
        }
    }

    List<ConvertedLayer> getLayers() {
        return layers;
    }

    /** Returns the manager of this object, which closes with it. */
    NDManager getManager() {
        return manager;
    }

    /** Runs the model on samples. */
    void run(Calibration calibration, CallSink receiver) {
        sink = receiver;
        List<NDList> batches = calibration.getBatches();
        for (int i = 0; i < batches.size(); i++) {
            pass.run(hooks.getRoot(), Map.of(), batches.get(i), i);
        }
    }

    @Override
    public void close() {
        hooks.close();
        manager.close();
    }
}
