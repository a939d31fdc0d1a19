package org.rapaio.jupyter.kernel.channels;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Takes the place of the kernel's class of this name, ahead of it on the class path, for two faults
 * of kernel 3.0.1 by which it sometimes does not start. Its thread may look whether it is to run
 * before it has been told so, and end. And it may take a message before there is anything to handle
 * it, and end with a NullPointerException.
 *
 * <p>This one runs until it is told to end, whatever it meets; Jupyter sends its first message again.
 */
public final class LoopThread extends Thread {

    private final CountDownLatch end = new CountDownLatch(1);
    private final long pauseMillis;
    private final Runnable body;

    public LoopThread(String name, long pauseMillis, Runnable body) {
        super(name);
        this.pauseMillis = pauseMillis;
        this.body = body;
    }

    @Override
    public void run() {
        try {
            while (!end.await(pauseMillis, TimeUnit.MILLISECONDS)) {
                runBody();
            }
        } catch (InterruptedException e) {
            // The other way to be told to end.
        }
    }

    private void runBody() {
        try {
            body.run();
        } catch (RuntimeException e) {
            if (end.getCount() > 0) {
                System.err.println(getName() + ": " + e);
            }
        }
    }

    public void shutdown() {
        end.countDown();
    }
}
