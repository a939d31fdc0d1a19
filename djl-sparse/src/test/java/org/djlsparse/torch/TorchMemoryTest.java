package org.djlsparse.torch;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class TorchMemoryTest {

    private static final int MEGABYTES = 16;
    private static final int ARRAYS = 200;

    @Test
    @EnabledOnOs(OS.LINUX)
    void arraysReuseMemoryThatWasFreed() throws IOException {
        assertThat(TorchMemory.keepFreed()).isTrue();
        try (NDManager manager = NDManager.newBaseManager()) {
            fill(manager);
            long before = pageFaults();
            for (int i = 0; i < ARRAYS; i++) {
                fill(manager);
            }
            long pages = (long) ARRAYS * MEGABYTES * 256;
            assertThat(pageFaults() - before).isLessThan(pages / 10);
        }
    }

    private static void fill(NDManager manager) {
        manager.ones(new Shape(MEGABYTES << 18)).close();
    }

    /** Returns the number of page faults of this process. */
    private static long pageFaults() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"));
        return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[7]);
    }
}
