package org.djlsparse.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The resident memory of this process, including native memory, as counted by Linux. */
final class ResidentMemory {

    static final Path STATUS = Path.of("/proc/self/status");

    private ResidentMemory() {}

    static boolean isKnown() {
        return Files.exists(STATUS);
    }

    /** Returns its size after garbage collections. */
    static long bytes() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(100); // another thread frees buffers outside the heap later
        }
        String line =
                Files.readAllLines(STATUS).stream()
                        .filter(l -> l.startsWith("VmRSS:"))
                        .findFirst()
                        .orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
    }
}
