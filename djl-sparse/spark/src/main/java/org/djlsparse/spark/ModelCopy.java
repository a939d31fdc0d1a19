package org.djlsparse.spark;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;

import java.util.concurrent.Semaphore;

/**
 * A copy of the driver's model for one task. There is one at a time in each JVM, because PyTorch
 * uses all processors for one task already, and two would need twice the memory.
 */
final class ModelCopy implements AutoCloseable {

    private static final Semaphore TURN = new Semaphore(1);

    private final NDManager manager;
    private final Block block;

    private ModelCopy(NDManager manager, Block block) {
        this.manager = manager;
        this.block = block;
    }

    /**
     * Waits for the turn of this task, and builds the model.
     *
     * @throws IllegalArgumentException if the factory's model differs from the driver's
     */
    static ModelCopy open(BlockFactory factory, ModelValues values) {
        try {
            TURN.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the task was interrupted while it waited", e);
        }
        NDManager manager = null;
        try {
            manager = NDManager.newBaseManager();
            Block block = factory.newBlock();
            values.putInto(block, manager);
            return new ModelCopy(manager, block);
        } catch (RuntimeException | Error e) {
            if (manager != null) {
                manager.close();
            }
            TURN.release();
            throw e;
        }
    }

    /** Returns the manager of the copy's parameters, which closes with the copy. */
    NDManager getManager() {
        return manager;
    }

    Block getBlock() {
        return block;
    }

    @Override
    public void close() {
        try {
            block.clear();
            manager.close();
        } finally {
            TURN.release();
        }
    }
}
