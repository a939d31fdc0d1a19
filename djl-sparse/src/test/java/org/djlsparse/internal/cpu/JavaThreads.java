package org.djlsparse.internal.cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * Workers that start new threads for each product.
 *
 * @param count the number of threads, including the calling one
 */
record JavaThreads(int count) implements Workers {

    @Override
    public int getCount() {
        return count;
    }

    @Override
    public void run(Runnable work) {
        List<Thread> others = new ArrayList<>();
        for (int i = 1; i < count; i++) {
            Thread thread = new Thread(work);
            thread.start();
            others.add(thread);
        }
        work.run();
        for (Thread thread : others) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
