package org.djlsparse.it;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Runs the tests of {@code gpu/harness.py}, a program for machines with a GPU, which this test does
 * not need. Skipped where there is no Python.
 */
@Timeout(300)
class GpuHarnessTest {

    private static final Path FOLDER = Path.of("gpu");

    @Test
    void theHarnessPassesItsTests() throws Exception {
        assumeTrue(hasPython(), "no python3");
        Process tests = start("python3", "-B", "-m", "unittest", "discover", "-s", ".");
        String output = new String(tests.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tests.waitFor()).as(output).isZero();
    }

    private static boolean hasPython() throws InterruptedException {
        try {
            Process version =
                    start("python3", "-c", "import sys; sys.exit(sys.version_info < (3, 9))");
            return version.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static Process start(String... command) throws IOException {
        return new ProcessBuilder(List.of(command))
                .directory(FOLDER.toFile())
                .redirectErrorStream(true)
                .start();
    }
}
