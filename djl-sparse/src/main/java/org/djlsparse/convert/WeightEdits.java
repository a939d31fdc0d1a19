package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;

import org.djlsparse.internal.nn.ParameterValues;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Values written into parameters, all or none, that can be undone. */
final class WeightEdits implements AutoCloseable {

    private record Saved(Parameter parameter, NDArray value) {}

    private final List<Saved> saved = new ArrayList<>();

    /** Writes the values; if that fails, no parameter is changed. */
    static WeightEdits apply(Map<Parameter, NDArray> values) {
        WeightEdits edits = new WeightEdits();
        try {
            values.forEach(edits::write);
            return edits;
        } catch (RuntimeException e) {
            edits.undo();
            edits.close();
            throw e;
        }
    }

    private void write(Parameter parameter, NDArray value) {
        NDArray array = parameter.getArray();
        try (NDArray stopped = array.stopGradient()) {
            saved.add(new Saved(parameter, stopped.duplicate()));
        }
        ParameterValues.set(array, value);
    }

    /** Restores the previous values, bit for bit. */
    void undo() {
        saved.forEach(old -> ParameterValues.set(old.parameter().getArray(), old.value()));
    }

    @Override
    public void close() {
        saved.forEach(old -> old.value().close());
        saved.clear();
    }
}
