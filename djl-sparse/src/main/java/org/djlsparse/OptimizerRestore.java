package org.djlsparse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;

import org.djlsparse.internal.text.PrefixedKeys;
import org.djlsparse.io.MaskFileReader;
import org.djlsparse.io.TensorInfo;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An optimizer state that was read from a file. {@link #commit} puts it in place; before that, the
 * optimizer is unchanged, and {@link #close} frees the arrays.
 */
final class OptimizerRestore implements AutoCloseable {

    private final OptimizerFields fields;
    private final Map<String, Map<String, Map<Device, NDArray>>> arrays = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private int numUpdate;

    private OptimizerRestore(OptimizerFields fields) {
        this.fields = fields;
    }

    /**
     * Reads a state.
     *
     * @param notes the notes of an {@link OptimizerState}; empty if the file has none
     * @throws IllegalArgumentException if the state belongs to another optimizer or model
     */
    static OptimizerRestore of(
            Optimizer optimizer, Trainer trainer, Map<String, String> notes, MaskFileReader file)
            throws IOException {
        if (notes.isEmpty()) {
            throw new IllegalArgumentException(
                    "was saved without optimizer state: load it without an optimizer, or save it"
                            + " with one");
        }
        OptimizerFields fields = new OptimizerFields(optimizer);
        String name = note(notes, OptimizerState.CLASS);
        if (!name.equals(fields.getOptimizerName())) {
            throw new IllegalArgumentException(
                    "state of the optimizer " + name + ": must be of " + fields.getOptimizerName());
        }
        Map<String, Parameter> parameters = OptimizerState.parameters(trainer);
        OptimizerState.refuseOthers(fields, parameters.values());
        Map<String, Parameter> saved = matchParameters(notes, parameters);
        Map<Slot, TensorInfo> tensors = matchTensors(notes, saved, fields, file);
        OptimizerRestore restore = new OptimizerRestore(fields);
        try {
            restore.numUpdate = number(notes, OptimizerState.UPDATES);
            for (Map.Entry<String, Parameter> entry : saved.entrySet()) {
                restore.readCount(notes, entry.getKey(), entry.getValue());
            }
            for (Map.Entry<Slot, TensorInfo> entry : tensors.entrySet()) {
                restore.read(entry.getKey(), entry.getValue(), trainer, file);
            }
            return restore;
        } catch (IOException | RuntimeException | Error e) {
            restore.close();
            throw e;
        }
    }

    /** Finds the saved parameters, and checks that none is missing or left over. */
    private static Map<String, Parameter> matchParameters(
            Map<String, String> notes, Map<String, Parameter> parameters) {
        Map<String, String> there =
                new LinkedHashMap<>(PrefixedKeys.select(notes, OptimizerState.SHAPE));
        Map<String, Parameter> found = new LinkedHashMap<>();
        parameters.forEach(
                (name, parameter) -> {
                    String saved = there.remove(name);
                    String here = OptimizerState.describe(parameter);
                    if (saved == null && parameter.requiresGradient()) {
                        throw otherModel("it lacks parameter \"" + name + "\"");
                    }
                    if (saved != null && !saved.equals(here)) {
                        throw otherModel(
                                "its parameter \"" + name + "\" is " + saved + ", must be " + here);
                    }
                    if (saved != null) {
                        found.put(name, parameter);
                    }
                });
        if (!there.isEmpty()) {
            throw otherModel("it has parameters that this one lacks: " + there.keySet());
        }
        return found;
    }

    private static IllegalArgumentException otherModel(String what) {
        return new IllegalArgumentException("state of another model: " + what);
    }

    /** The place of an array: an optimizer's field and a parameter. */
    private record Slot(String field, String parameterId) {}

    /** Finds the tensor of each slot, and checks that none is left over. */
    private static Map<Slot, TensorInfo> matchTensors(
            Map<String, String> notes,
            Map<String, Parameter> saved,
            OptimizerFields fields,
            MaskFileReader file) {
        Map<String, TensorInfo> there = new LinkedHashMap<>();
        file.getTensors().forEach(tensor -> there.put(tensor.name(), tensor));
        Map<Slot, TensorInfo> found = new LinkedHashMap<>();
        for (Map.Entry<String, Parameter> entry : saved.entrySet()) {
            String name = entry.getKey();
            for (String field : fieldsOf(notes, name)) {
                if (!fields.getArrays().containsKey(field)) {
                    throw new IllegalArgumentException(
                            "state of another version of the optimizer: this one has no field "
                                    + field);
                }
                TensorInfo tensor = there.remove(OptimizerState.tensorName(field, name));
                if (tensor == null) {
                    throw new IllegalArgumentException(
                            "lacks tensor \"" + OptimizerState.tensorName(field, name) + "\"");
                }
                found.put(new Slot(field, entry.getValue().getId()), tensor);
            }
        }
        if (!there.isEmpty()) {
            throw new IllegalArgumentException(
                    "has tensors that belong to no parameter: " + there.keySet());
        }
        return found;
    }

    private static List<String> fieldsOf(Map<String, String> notes, String parameter) {
        String names = note(notes, OptimizerState.FIELDS + parameter);
        return names.isEmpty() ? List.of() : List.of(names.split(" ", -1));
    }

    private void readCount(Map<String, String> notes, String name, Parameter parameter) {
        if (notes.containsKey(OptimizerState.COUNT + name)) {
            counts.put(parameter.getId(), number(notes, OptimizerState.COUNT + name));
        }
    }

    private void read(Slot slot, TensorInfo tensor, Trainer trainer, MaskFileReader file)
            throws IOException {
        Map<Device, NDArray> byDevice = new ConcurrentHashMap<>();
        arrays.computeIfAbsent(slot.field, ignored -> new HashMap<>())
                .put(slot.parameterId, byDevice);
        Device[] devices = trainer.getDevices();
        NDArray first;
        try (InputStream in = file.newInputStream(tensor)) {
            first = ArrayBytes.read(tensor, in, trainer.getModel().getNDManager(), devices[0]);
        }
        byDevice.put(devices[0], first);
        // DJL copies the state to other devices, but only after the first device's next update.
        for (int i = 1; i < devices.length; i++) {
            NDArray copy = first.toDevice(devices[i], true);
            copy.detach();
            byDevice.put(devices[i], copy);
        }
    }

    private static String note(Map<String, String> notes, String key) {
        String note = notes.get(key);
        if (note == null) {
            throw new IllegalArgumentException("not an optimizer state: lacks note " + key);
        }
        return note;
    }

    private static int number(Map<String, String> notes, String key) {
        String note = note(notes, key);
        try {
            return Integer.parseInt(note);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "not an optimizer state: note " + key + " is " + note, e);
        }
    }

    /** Puts the state in place, and frees the previous one. */
    void commit() {
        fields.getArrays()
                .forEach(
                        (field, states) -> {
                            Map<String, Map<Device, NDArray>> before = new HashMap<>(states);
                            states.clear();
                            states.putAll(arrays.getOrDefault(field, Map.of()));
                            free(before);
                        });
        arrays.clear();
        fields.getCounts().clear();
        fields.getCounts().putAll(counts);
        fields.setNumUpdate(numUpdate);
    }

    @Override
    public void close() {
        arrays.values().forEach(OptimizerRestore::free);
    }

    private static void free(Map<String, Map<Device, NDArray>> states) {
        states.values().forEach(state -> state.values().forEach(NDArray::close));
    }
}
