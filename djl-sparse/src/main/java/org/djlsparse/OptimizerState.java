package org.djlsparse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;

import org.djlsparse.internal.nn.ParameterNames;
import org.djlsparse.io.TensorSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * An optimizer state as it is stored in a file: by the names of parameters, because their ids
 * differ in each run. It covers the trainable parameters, and frozen parameters for which the
 * optimizer has arrays or counts.
 *
 * @param notes the optimizer's class and counts, and for each parameter its shape and the fields
 *     that hold an array for it
 * @param tensors these arrays
 */
record OptimizerState(Map<String, String> notes, List<TensorSource> tensors) {

    static final String CLASS = "class";
    static final String UPDATES = "updates";
    static final String SHAPE = "shape.";
    static final String COUNT = "count.";
    static final String FIELDS = "fields.";

    private static final Logger logger = LoggerFactory.getLogger(OptimizerState.class);

    /**
     * Collects the state.
     *
     * @param step the number of training steps so far
     * @throws IllegalArgumentException if the optimizer has state that cannot be saved
     */
    static OptimizerState of(Optimizer optimizer, Trainer trainer, long step) {
        OptimizerFields fields = new OptimizerFields(optimizer);
        Map<String, Parameter> parameters = parameters(trainer);
        refuseOthers(fields, parameters.values());
        Map<String, String> notes = new LinkedHashMap<>();
        List<TensorSource> tensors = new ArrayList<>();
        notes.put(CLASS, fields.getOptimizerName());
        notes.put(UPDATES, String.valueOf(fields.getNumUpdate()));
        parameters.forEach(
                (name, parameter) -> {
                    List<String> kept = new ArrayList<>();
                    fields.getArrays()
                            .forEach(
                                    (field, states) -> {
                                        Map<Device, NDArray> state = states.get(parameter.getId());
                                        if (state != null && !state.isEmpty()) {
                                            kept.add(field);
                                            NDArray array = choose(state, parameter, trainer);
                                            tensors.add(
                                                    ArrayBytes.source(
                                                            tensorName(field, name), array));
                                        }
                                    });
                    Integer count = fields.getCounts().get(parameter.getId());
                    if (parameter.requiresGradient() || count != null || !kept.isEmpty()) {
                        notes.put(SHAPE + name, describe(parameter));
                        notes.put(FIELDS + name, String.join(" ", kept));
                    }
                    if (count != null) {
                        notes.put(COUNT + name, count.toString());
                    }
                });
        if (step > 0
                && tensors.isEmpty()
                && fields.getCounts().isEmpty()
                && !fields.getArrays().isEmpty()) {
            logger.warn(
                    "optimizer {} has no state at step {}: is it the optimizer that the trainer"
                            + " uses?",
                    fields.getOptimizerName(),
                    step);
        }
        return new OptimizerState(notes, tensors);
    }

    /** Chooses the device whose weight DJL saves, if there are several. */
    private static NDArray choose(
            Map<Device, NDArray> state, Parameter parameter, Trainer trainer) {
        NDArray own = state.get(parameter.getArray().getDevice());
        if (own != null) {
            return own;
        }
        NDArray first = state.get(trainer.getDevices()[0]);
        return first == null ? state.values().iterator().next() : first;
    }

    static String tensorName(String field, String parameter) {
        return "optimizer/" + field + "/" + parameter;
    }

    /** Returns type and shape, such as {@code float32 (16, 8)}. */
    static String describe(Parameter parameter) {
        return parameter.getArray().getDataType().name().toLowerCase(Locale.ROOT)
                + " "
                + parameter.getArray().getShape();
    }

    /** Returns all parameters of the trainer's model, each once, by its first name. */
    static Map<String, Parameter> parameters(Trainer trainer) {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        ParameterNames.of(trainer.getModel().getBlock())
                .forEach(
                        (parameter, names) -> {
                            String name = names.get(0);
                            if (!parameter.isInitialized()) {
                                throw new IllegalStateException(
                                        "parameter \""
                                                + name
                                                + "\" is not initialized: load or initialize the"
                                                + " model first");
                            }
                            if (parameters.put(name, parameter) != null) {
                                throw new IllegalArgumentException(
                                        "two parameters have the name \"" + name + "\"");
                            }
                        });
        return parameters;
    }

    /** Throws if the optimizer has state of other parameters: another model uses or used it. */
    static void refuseOthers(OptimizerFields fields, Collection<Parameter> parameters) {
        Set<String> others = new HashSet<>(fields.getCounts().keySet());
        fields.getArrays().values().forEach(states -> others.addAll(states.keySet()));
        parameters.forEach(parameter -> others.remove(parameter.getId()));
        if (!others.isEmpty()) {
            throw new IllegalArgumentException(
                    "optimizer "
                            + fields.getOptimizerName()
                            + ": has state of "
                            + others.size()
                            + " parameters that the model lacks; build one optimizer per model");
        }
    }
}
