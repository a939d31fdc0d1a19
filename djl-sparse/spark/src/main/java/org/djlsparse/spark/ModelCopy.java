package org.djlsparse.spark;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;

/** A copy of the driver's model for one task, during the task's {@link EngineTurn}. */
final class ModelCopy implements AutoCloseable {

    private final EngineTurn turn;
    private final NDManager manager;
    private final Block block;

    private ModelCopy(EngineTurn turn, NDManager manager, Block block) {
        this.turn = turn;
        this.manager = manager;
        this.block = block;
    }

    /**
     * Waits for the turn of this task, and builds the model.
     *
     * @throws IllegalArgumentException if the factory's model differs from the driver's
     */
    static ModelCopy open(BlockFactory factory, ModelValues values) {
        EngineTurn turn;
        try {
            turn = EngineTurn.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the task was interrupted while it waited", e);
        }
        NDManager manager = null;
        try {
            manager = NDManager.newBaseManager();
            Block block = factory.newBlock();
            values.putInto(block, manager);
            return new ModelCopy(turn, manager, block);
        } catch (RuntimeException | Error e) {
            if (manager != null) {
                manager.close();
            }
            turn.close();
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
            turn.close();
        }
    }
}
