package org.djlsparse.cli.bench;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A finished process.
 *
 * @param seconds the time it took
 * @param memory its peak memory in bytes, its code included; null if the system does not report it
 */
record ChildProcess(double seconds, @Nullable Long memory) {

    /** The resolution of printed times. */
    private static final int POLL_MILLIS = 5;

    /**
     * Runs a program.
     *
     * @param log a file for its errors, quoted if it fails
     * @param command the program and its arguments
     * @throws IOException if there is no such program, or its exit code is not 0
     */
    static ChildProcess run(Path log, List<String> command) throws IOException {
        long start = System.nanoTime();
        Process process =
                new ProcessBuilder(command)
                        .redirectInput(ProcessBuilder.Redirect.PIPE)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(log.toFile())
                        .start();
        Path status = Path.of("/proc/" + process.pid() + "/status");
        Long memory = null;
        try {
            while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                Long now = peakMemory(status);
                memory = now == null ? memory : now;
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        double seconds = Times.since(start);
        if (process.exitValue() != 0) {
            throw new IOException(
                    String.join(" ", command)
                            + ": exit code "
                            + process.exitValue()
                            + ": "
                            + Files.readString(log, Charset.defaultCharset()).strip());
        }
        return new ChildProcess(seconds, memory);
    }

    /** Runs a Java program with the Java, the memory options and the class path of this JVM. */
    static ChildProcess runJava(Path log, String mainClass, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("-Xm") || option.startsWith("-XX:"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(arguments);
        return run(log, command);
    }

    private static @Nullable Long peakMemory(Path status) {
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            return null; // another operating system, or the process has just ended
        }
    }
}
