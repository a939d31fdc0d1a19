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
 * A training listener that protects gradients on a CPU from Java's garbage collector, for trainers
 * without masks. Wrapped blocks do not need it: their training steps are always protected.
 *
 * <p>It works around a defect of DJL, observed in 0.35.1 with PyTorch; 0.36.0 has the same code. On
 * a CPU, an operation with a Java number, such as {@code x.mul(3)}, creates an array for the number
 * in memory that Java owns, and closes the array at once. PyTorch needs the number again in the
 * backward pass. If a garbage collection frees the memory in between, the gradients are computed
 * from whatever the memory contains by then. {@code Loss.l2Loss()} contains such an operation, as
 * do most losses with a weight other than 1.
 *
 * <p>From one batch to the next, this listener keeps the memory that arrays of the training thread
 * share with Java ({@link StepMemory}), so that no collection can free it: the batch's own arrays
 * and a few hundred bytes per number, at most a quarter of Java's memory. The first step is
 * protected if the thread that creates the trainer also trains.
 *
 * <p>A step that could not be protected, the first one on another thread, is checked when it ends:
 * if a garbage collection occurred, its gradients are set to zero, and the batch is counted. Plain
 * SGD then leaves the weights unchanged; momentum, moments, weight decay and a rule's term may
 * still change them. The first batch of a trainer cannot be dropped because DJL does not start with
 * gradients that are all zero. On a GPU, where DJL copies numbers, the listener does nothing.
 *
 * <pre>{@code
 * config.addTrainingListeners(new GarbageCollectionGuard());
 * }</pre>
 *
 * <p>A guard serves one trainer at a time.
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
     * Returns the number of batches that were dropped.
     *
     * @return the number of batches whose step was not protected and in which a garbage collection
     *     occurred
     */
    public long getDroppedBatches() {
        return dropped.get();
    }

    /**
     * Determines the device of the training, and protects this thread's first step.
     *
     * @throws IllegalStateException if the model trains on the CPU and on another device at once,
     *     or trains on the CPU but is stored on another device: gradients on that device are not
     *     accessible
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

    /** Releases the last step's memory: its graph no longer exists. */
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
            logger.debug("{} batches dropped because of garbage collections", dropped);
        }
    }

    /** Writes zeros; multiplying by zero would keep infinite and NaN gradients. */
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
