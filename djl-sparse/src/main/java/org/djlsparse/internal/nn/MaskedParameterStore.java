package org.djlsparse.internal.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterServer;
import ai.djl.training.ParameterStore;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/**
 * A parameter store that returns the masked weight of a parameter that has a mask, and otherwise
 * delegates to another store. It serves one forward pass on one device.
 */
final class MaskedParameterStore extends ParameterStore {

    private final ParameterStore store;
    private final Map<String, MaskedLayer> layers;
    private final NDManager manager;
    // A weight that several blocks share, or one block reads twice, is masked once.
    private final Map<String, NDArray> masked = new HashMap<>();

    /**
     * Creates a store.
     *
     * @param store the store to read from
     * @param layers the masks, by parameter id
     * @param manager the manager to attach masked weights to
     */
    MaskedParameterStore(ParameterStore store, Map<String, MaskedLayer> layers, NDManager manager) {
        super(store.getManager(), false);
        this.store = store;
        this.layers = layers;
        this.manager = manager;
    }

    @Override
    @SuppressWarnings("NullAway") // DJL's blocks pass null for an absent optional parameter
    public @Nullable NDArray getValue(
            @Nullable Parameter parameter, Device device, boolean training) {
        NDArray value = store.getValue(parameter, device, training);
        if (parameter == null) {
            return value;
        }
        MaskedLayer layer = layers.get(parameter.getId());
        if (layer == null || layer.isInPlace()) {
            return value;
        }
        return masked.computeIfAbsent(
                parameter.getId(), ignored -> layer.apply(value, training, manager));
    }

    /** Returns the mask of a parameter's weight, or null if it has none. */
    @Nullable MaskedLayer getLayer(Parameter parameter) {
        return layers.get(parameter.getId());
    }

    /** Returns a weight without its mask. */
    NDArray getDense(Parameter parameter, Device device, boolean training) {
        return store.getValue(parameter, device, training);
    }

    @Override
    public void setParameterServer(ParameterServer parameterServer, Device[] devices) {
        store.setParameterServer(parameterServer, devices);
    }

    @Override
    public void updateAllParameters() {
        store.updateAllParameters();
    }

    @Override
    public void sync() {
        store.sync();
    }
}
