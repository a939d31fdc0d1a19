package org.djlsparse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Parameter;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

import org.djlsparse.internal.nn.StepMemory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps Java's garbage collector from spoiling gradients on a CPU in a trainer without masks. A
 * block that is wrapped needs none: its steps are protected.
 *
 * <p>The defect is DJL's, seen in 0.35.1 with PyTorch: on a CPU an operation with a Java number,
 * such as {@code x.mul(3)}, makes an array of the number that shares memory of Java's, and closes
 * it at once. PyTorch needs the number again in the backward pass. If garbage is collected in
 * between, the memory has gone, and the gradients are whatever lies there. {@code Loss.l2Loss()} is
 * such an operation, as are most losses with a weight other than 1.
 *
 * <p>This listener holds what Java shares with arrays of the training thread from one batch to the
 * next ({@link StepMemory}), so that a collection cannot free it: the batch's own arrays and a few
 * hundred bytes for each number, up to a quarter of Java's memory. The first step is protected if
 * the trainer is made by the thread that trains.
 *
 * <p>A step that it could not protect, the first one on another thread, is looked at afterwards: if
 * garbage was collected in it, its gradients are set to zero, and the batch is counted. Under plain
 * SGD the weights then stay as they are; momentum, moments, weight decay and a rule's term may
 * still move them. The first batch of a trainer cannot be dropped, since DJL refuses to begin with
 * gradients that are all zero. On a GPU, where DJL copies numbers, nothing is done at all.
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
    private final StepMemory memory = new StepMemory();
    private final AtomicLong dropped = new AtomicLong();
    private boolean active;
    private boolean first;
    private @Nullable Thread thread; // whose step is protected
    private long collections; // when the last step ended

    /** Creates a guard. */
    public GarbageCollectionGuard() {}

    /**
     * Returns how many batches were not learned from.
     *
     * @return the number of batches whose step was not protected, and into which a garbage
     *     collection fell
     */
    public long getDroppedBatches() {
        return dropped.get();
    }

    /**
     * Looks where the model trains, and protects this thread's first step.
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
        beginStep();
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        if (active && thread != Thread.currentThread() && countCollections() != collections) {
            drop(trainer);
        }
        first = false;
        beginStep();
    }

    @Override
    public void onValidationBatch(Trainer trainer, BatchData batchData) {
        beginStep();
    }

    @Override
    public void onEpoch(Trainer trainer) {
        beginStep();
    }

    @Override
    public void onTrainingEnd(Trainer trainer) {
        memory.release();
        thread = null;
    }

    /** No graph is alive now that needs its numbers. */
    private void beginStep() {
        if (active) {
            memory.release();
            boolean held = memory.open(StepMemory.defaultLimit());
            thread = held ? Thread.currentThread() : null;
            collections = countCollections();
        }
    }

    private long countCollections() {
        return collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
    }

    private void drop(Trainer trainer) {
        if (first) {
            logger.warn(
                    "a garbage collection occurred in the first step: its gradients may be wrong,"
                            + " and DJL does not allow dropping them");
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
                    "a garbage collection occurred during a training step: its gradients may be"
                            + " wrong and were set to zero");
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
