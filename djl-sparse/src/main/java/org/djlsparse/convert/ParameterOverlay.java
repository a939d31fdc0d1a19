package org.djlsparse.convert;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * A parameter store that returns other values for some parameters, and the parameters' own values
 * for the rest. For evaluation on one device.
 */
final class ParameterOverlay extends ParameterStore {

    private final Map<Parameter, NDArray> values;

    /**
     * Creates a store.
     *
     * @param manager a manager on the device of the forward pass
     * @param values the other values, on that device; later changes of the map have effect
     */
    ParameterOverlay(NDManager manager, Map<Parameter, NDArray> values) {
        super(manager, false);
        this.values = values;
    }

    @Override
    @SuppressWarnings("NullAway") // DJL's blocks pass null for missing optional parameters
    public @Nullable NDArray getValue(
            @Nullable Parameter parameter, Device device, boolean training) {
        NDArray value = parameter == null ? null : values.get(parameter);
        return value == null ? super.getValue(parameter, device, training) : value;
    }
}
