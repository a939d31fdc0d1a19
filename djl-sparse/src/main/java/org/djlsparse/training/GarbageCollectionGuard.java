package org.djlsparse.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Parameter;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps Java's garbage collector from spoiling gradients on a CPU, with masks and without.
 *
 * <p>The defect is DJL's, seen in 0.35.1 with PyTorch: on a CPU an operation with a Java number,
 * such as {@code x.mul(3)}, makes an array of the number that shares memory of Java's, and closes
 * it at once. PyTorch needs the number again in the backward pass. If garbage is collected in
 * between, the memory has gone, and the gradients are whatever lies there. {@code Loss.l2Loss()} is
 * such an operation, as are most losses with a weight other than 1.
 *
 * <p>This listener collects garbage itself between two steps, when nothing is lost by it: as soon
 * as the space for new objects, the Eden pool, is at least half full, so that the JVM finds no
 * reason to do so within a step. If it does so all the same, the gradients of that batch are set to
 * zero, and the batch is counted. Under plain SGD the weights then stay as they are; momentum,
 * moments, weight decay and a rule's term may still move them.
 *
 * <p>What it costs is one full collection now and then, its time growing with what the program
 * keeps on the heap. It cannot see when a collection fell between two steps, as while data is
 * loaded, so it drops the batch after it, too. The first batch of a trainer it cannot drop, since
 * DJL refuses to begin with gradients that are all zero. If batches are dropped often, a step makes
 * more objects than half of Eden holds: {@code -Xmn} gives it more. Where the JVM has no pool of
 * that name, as with ZGC, or runs with {@code -XX:+DisableExplicitGC}, nothing is collected here,
 * but batches are dropped as ever. On a GPU, where DJL copies numbers, nothing is done at all.
 *
 * <pre>{@code
 * config.addTrainingListeners(new GarbageCollectionGuard());
 * }</pre>
 *
 * <p>For one trainer at a time.
 */
public final class GarbageCollectionGuard extends TrainingListenerAdapter {

    private static final Logger logger = LoggerFactory.getLogger(GarbageCollectionGuard.class);

    private final List<GarbageCollectorMXBean> collectors =
            ManagementFactory.getGarbageCollectorMXBeans();
    private final @Nullable MemoryPoolMXBean eden =
            ManagementFactory.getMemoryPoolMXBeans().stream()
                    .filter(pool -> pool.getName().contains("Eden"))
                    .findFirst()
                    .orElse(null);
    private final AtomicLong dropped = new AtomicLong();
    private boolean active;
    private boolean first;
    private long collections; // when the last step ended

    /** Creates a guard. */
    public GarbageCollectionGuard() {}

    /**
     * Returns how many batches were not learned from.
     *
     * @return the number of batches into whose step a garbage collection fell
     */
    public long getDroppedBatches() {
        return dropped.get();
    }

    /**
     * Collects garbage, and looks where the model trains.
     *
     * @throws IllegalStateException if it trains on the CPU and on another device at once, or is
     *     kept on another one: the gradients there are out of reach
     */
    @Override
    public void onTrainingBegin(Trainer trainer) {
        List<Device> devices = List.of(trainer.getDevices());
        Device home = trainer.getModel().getNDManager().getDevice();
        active = devices.contains(Device.cpu());
        if (active && (devices.size() > 1 || !home.equals(Device.cpu()))) {
            throw new IllegalStateException(
                    "garbage collection guard: model on "
                            + home
                            + ", training on "
                            + devices
                            + ": must be the CPU alone, or not the CPU");
        }
        first = true;
        if (active) {
            System.gc();
            collections = countCollections();
        }
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        if (active && countCollections() != collections) {
            drop(trainer);
        }
        first = false;
        endStep();
    }

    @Override
    public void onValidationBatch(Trainer trainer, BatchData batchData) {
        endStep();
    }

    @Override
    public void onEpoch(Trainer trainer) {
        endStep();
    }

    /** No graph is alive now that needs its numbers. */
    private void endStep() {
        if (active) {
            if (eden != null && isHalfFull(eden.getUsage())) {
                System.gc();
            }
            collections = countCollections();
        }
    }

    /** G1 may collect soon after this. Of the maximum the JVM makes use only as it sees fit. */
    private static boolean isHalfFull(@Nullable MemoryUsage usage) {
        return usage != null && 2 * usage.getUsed() >= usage.getCommitted();
    }

    private long countCollections() {
        return collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
    }

    private void drop(Trainer trainer) {
        if (first) {
            logger.warn(
                    "garbage was collected in the first step: its gradients may be wrong, and DJL"
                            + " does not allow to drop them");
            return;
        }
        for (Parameter parameter : trainer.getModel().getBlock().getParameters().values()) {
            NDArray weight = parameter.getArray();
            if (weight.hasGradient()) {
                clearGradient(weight);
            }
        }
        if (dropped.incrementAndGet() == 1) {
            logger.warn(
                    "garbage was collected within a training step: its gradients may be wrong and"
                            + " were set to zero");
        } else {
            logger.debug("{} batches dropped for a garbage collection", dropped);
        }
    }

    /** They may be infinite or NaN, so a product with zero would not do. */
    private static void clearGradient(NDArray weight) {
        try (NDManager scratch = weight.getManager().newSubManager()) {
            NDArray gradient = weight.getGradient();
            gradient.attach(scratch);
            NDArray zeros = gradient.zerosLike();
            zeros.attach(scratch);
            gradient.set(new NDIndex("..."), zeros);
        }
    }
}
