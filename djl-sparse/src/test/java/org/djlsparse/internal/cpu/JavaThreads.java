package org.djlsparse.internal.cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * New threads for each product.
 *
 * @param count how many, the calling one included
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
