package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;

import org.djlsparse.internal.convert.SampleCluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The calibration samples. They are copied because they are needed several times, and a data set
 * may shuffle. The first dimension of each array counts samples.
 */
final class Calibration {

    private final NDManager manager;
    private long limit;
    private final List<NDList> batches = new ArrayList<>();
    private long samples;

    private Calibration(NDManager manager, long limit) {
        this.manager = manager;
        this.limit = limit;
    }

    static Calibration of(Iterable<NDList> inputs, long limit, NDManager manager) {
        Calibration calibration = new Calibration(manager, limit);
        calibration.addAll(inputs);
        return calibration.checked();
    }

    /** Copies the samples that each part of a cluster contributes, in the order of the parts. */
    static Calibration of(SampleCluster cluster, long limit, NDManager manager) {
        Calibration calibration = new Calibration(manager, 0);
        int parts = cluster.getParts();
        for (int part = 0; part < parts; part++) {
            calibration.limit = calibration.samples + share(limit, part, parts);
            calibration.addAll(cluster.getPart(part));
        }
        return calibration.checked();
    }

    /** Copies the samples that one of several parts contributes, which may have none. */
    static Calibration ofPart(
            Iterable<NDList> inputs, int part, int parts, long limit, NDManager manager) {
        Calibration calibration = new Calibration(manager, share(limit, part, parts));
        calibration.addAll(inputs);
        return calibration;
    }

    /** Returns how many samples one of several parts contributes at most: an even share. */
    private static long share(long limit, int part, int parts) {
        return limit * (part + 1) / parts - limit * part / parts;
    }

    private void addAll(Iterable<NDList> inputs) {
        for (NDList input : inputs) {
            if (samples == limit) {
                break;
            }
            add(input);
        }
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
