package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The calibration samples. They are copied because they are needed several times, and a data set
 * may shuffle. The first dimension of each array counts samples.
 */
final class Calibration {

    private final NDManager manager;
    private final long limit;
    private final List<NDList> batches = new ArrayList<>();
    private long samples;

    private Calibration(NDManager manager, long limit) {
        this.manager = manager;
        this.limit = limit;
    }

    static Calibration of(Iterable<NDList> inputs, long limit, NDManager manager) {
        Calibration calibration = new Calibration(manager, limit);
        for (NDList input : inputs) {
            if (calibration.samples == limit) {
                break;
            }
            calibration.add(input);
        }
        return calibration.checked();
    }

    static Calibration of(Dataset dataset, long limit, NDManager manager)
            throws IOException, TranslateException {
        Calibration calibration = new Calibration(manager, limit);
        try (NDManager reading = manager.newSubManager()) {
            for (Batch batch : dataset.getData(reading)) {
                try (batch) {
                    calibration.add(batch.getData());
                }
                if (calibration.samples == limit) {
                    break;
                }
            }
        }
        return calibration.checked();
    }

    private void add(NDList input) {
        if (input.isEmpty() || input.head().getShape().dimension() == 0) {
            throw new IllegalArgumentException(
                    "calibration batch "
                            + (batches.size() + 1)
                            + ": must hold an array whose first dimension counts samples");
        }
        long size = input.head().getShape().get(0);
        long taken = Math.min(size, limit - samples);
        if (taken == 0) {
            return;
        }
        NDList copy = new NDList();
        for (NDArray array : input) {
            Shape shape = array.getShape();
            boolean whole = taken == size || shape.dimension() == 0 || shape.get(0) != size;
            NDArray part = whole ? array.duplicate() : array.get(new NDIndex(":" + taken));
            // toDevice may return the same array, so a copy is made that the caller cannot close.
            NDArray moved = part.toDevice(manager.getDevice(), true);
            NDArray lasting = moved.duplicate();
            lasting.attach(manager);
            moved.close();
            part.close();
            copy.add(lasting);
        }
        samples += taken;
        batches.add(copy);
    }

    private Calibration checked() {
        if (samples == 0) {
            throw new IllegalArgumentException("calibration data: must hold at least one sample");
        }
        return this;
    }

    List<NDList> getBatches() {
        return batches;
    }

    long getSamples() {
        return samples;
    }
}
