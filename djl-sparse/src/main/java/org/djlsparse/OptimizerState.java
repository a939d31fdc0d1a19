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
 * What an optimizer has learned, as it stands in a file: by the names of parameters, since their
 * ids are others in each run. Listed are the trainable parameters, and frozen ones of which
 * something is kept.
 *
 * @param notes the optimizer's class and its counts, and of each parameter the shape and the fields
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
     * @param step where training stands
     * @throws IllegalArgumentException if there is state that cannot be kept
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
                    "optimizer {} has learned nothing by step {}: is it the one that the trainer"
                            + " uses?",
                    fields.getOptimizerName(),
                    step);
        }
        return new OptimizerState(notes, tensors);
    }

    /** Of several devices that of the weight which DJL saves. */
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

    /** Type and shape, such as {@code float32 (16, 8)}. */
    static String describe(Parameter parameter) {
        return parameter.getArray().getDataType().name().toLowerCase(Locale.ROOT)
                + " "
                + parameter.getArray().getShape();
    }

    /** All parameters of the trainer's model, each once, by its first name. */
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

    /** An optimizer that has state of other parameters serves, or served, another model too. */
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
                            + " parameters that the model lacks; build one for each model");
        }
    }
}
