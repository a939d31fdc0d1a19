package org.djlsparse.spark;

import java.util.concurrent.Semaphore;

/**
 * The turn of a task that uses the engine. There is one at a time in each JVM: PyTorch's random
 * numbers and threads belong to the process, and two models would need twice the memory.
 */
final class EngineTurn implements AutoCloseable {

    private static final Semaphore TURN = new Semaphore(1);

    private EngineTurn() {}

    /** Waits, interruptibly, because Spark interrupts a task that another attempt has overtaken. */
    static EngineTurn await() throws InterruptedException {
        TURN.acquire();
        return new EngineTurn();
    }

    /** Ends the turn; in any thread, but once. */
    @Override
    public void close() {
        TURN.release();
    }
}
