package org.rapaio.jupyter.kernel.channels;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Replaces the kernel's class of this name, being ahead of it on the class path, to work around two
 * bugs of kernel 3.0.1, which sometimes does not start: its thread may check whether it should run
 * before the flag is set, and end; and it may receive a message before its handler exists, and end
 * with a NullPointerException.
 *
 * <p>This class runs until it is stopped, whatever errors occur; Jupyter repeats its first message.
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
            // An interrupt stops it as well.
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
