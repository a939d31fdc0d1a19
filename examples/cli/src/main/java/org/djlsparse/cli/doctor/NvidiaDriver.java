package org.djlsparse.cli.doctor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The driver of an NVIDIA GPU, looked for in the file system, without CUDA. */
final class NvidiaDriver {

    /** What a process can reach. */
    enum State {
        /** No driver is loaded. */
        NONE,
        /** A driver is loaded, but this process cannot reach a device: a container without GPUs. */
        NO_DEVICE,
        /** There is a device. */
        PRESENT
    }

    private static final Pattern VERSION = Pattern.compile("\\b\\d{3,}\\.\\d+(\\.\\d+)?\\b");
    private static final Pattern DEVICE = Pattern.compile("nvidia\\d+");

    private NvidiaDriver() {}

    /**
     * Looks for the driver.
     *
     * @param root the root of the file system
     * @return the file of a device, and the driver's version
     */
    static Diagnosis.Finding find(Path root) {
        String version = version(root.resolve("proc/driver/nvidia/version"));
        String device = device(root);
        if (device != null) {
            return new Diagnosis.Finding(device, version, null);
        }
        return new Diagnosis.Finding(
                null,
                version,
                version == null
                        ? "no /dev/nvidia0 and no /proc/driver/nvidia/version"
                        : "the driver is loaded, but there is no /dev/nvidia0");
    }

    static State state(Diagnosis.Finding finding) {
        if (finding.found() != null) {
            return State.PRESENT;
        }
        return finding.version() == null ? State.NONE : State.NO_DEVICE;
    }

    private static @Nullable String version(Path file) {
        try {
            String text = Files.readString(file);
            Matcher matcher = VERSION.matcher(text);
            return matcher.find() ? matcher.group() : "unknown";
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable String device(Path root) {
        try (Stream<Path> files = Files.list(root.resolve("dev"))) {
            String name =
                    files.map(file -> String.valueOf(file.getFileName()))
                            .filter(each -> DEVICE.matcher(each).matches())
                            .sorted()
                            .findFirst()
                            .orElse(null);
            if (name != null) {
                return "/dev/" + name;
            }
        } catch (IOException e) {
            return null;
        }
        // In the Windows subsystem for Linux, the device's file belongs to no vendor.
        String wsl = "usr/lib/wsl/lib/libcuda.so.1";
        return Files.exists(root.resolve("dev/dxg")) && Files.exists(root.resolve(wsl))
                ? "/" + wsl
                : null;
    }
}
