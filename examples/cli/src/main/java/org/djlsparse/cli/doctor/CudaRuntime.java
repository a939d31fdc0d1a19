package org.djlsparse.cli.doctor;

import ai.djl.util.cuda.CudaUtils;

import com.sun.jna.NativeLibrary;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.util.Locale;

/**
 * CUDA's runtime library, libcudart, as DJL looks it up: by JNA, under the name {@code cudart}. DJL
 * sees a GPU only through it.
 *
 * @param library the library's file and version, or the reason why JNA finds none
 * @param version the version, such as 12080 for 12.8; 0 if it is unknown
 * @param gpus the number of GPUs that DJL counts
 * @param error CUDA's error when it counts GPUs; 0 if there is none
 * @param message CUDA's message for the error; null if there is no error
 */
record CudaRuntime(
        Diagnosis.Finding library, int version, int gpus, int error, @Nullable String message) {

    /** CUDA's error for a driver that is too old for the runtime library, or missing. */
    static final int INSUFFICIENT_DRIVER = 35;

    /** Looks for the library. */
    static CudaRuntime find() {
        if (System.getProperty("os.name", "").startsWith("Win")) {
            return new CudaRuntime(
                    new Diagnosis.Finding(
                            null, null, "DJL looks for cudart64_*.dll in CUDA_PATH and PATH"),
                    0,
                    CudaUtils.getGpuCount(),
                    0,
                    null);
        }
        try {
            return of(NativeLibrary.getInstance("cudart"));
        } catch (LinkageError e) {
            return new CudaRuntime(
                    new Diagnosis.Finding(null, null, reason(e)),
                    0,
                    CudaUtils.getGpuCount(),
                    0,
                    null);
        }
    }

    private static CudaRuntime of(NativeLibrary library) {
        int[] version = new int[1];
        int[] count = new int[1];
        library.getFunction("cudaRuntimeGetVersion").invokeInt(new Object[] {version});
        int error = library.getFunction("cudaGetDeviceCount").invokeInt(new Object[] {count});
        String message =
                error == 0
                        ? null
                        : library.getFunction("cudaGetErrorString")
                                        .invokeString(new Object[] {error}, false)
                                + " ("
                                + error
                                + ")";
        return new CudaRuntime(
                new Diagnosis.Finding(path(library), format(version[0]), null),
                version[0],
                CudaUtils.getGpuCount(),
                error,
                message);
    }

    /** Returns the library's path. JNA knows only the name if the system's loader found it. */
    private static String path(NativeLibrary library) {
        File file = library.getFile();
        if (file.isAbsolute()) {
            return file.getPath();
        }
        String loaded = LoadedLibraries.find(file.getName());
        return loaded == null ? file.getPath() : loaded;
    }

    /** Formats a version such as 12080. */
    static @Nullable String format(int version) {
        return version == 0
                ? null
                : String.format(Locale.ROOT, "%d.%d", version / 1000, version / 10 % 100);
    }

    /** Returns the system's own line in JNA's message, which goes on to list the class path. */
    static String reason(LinkageError e) {
        return String.valueOf(e.getMessage())
                .lines()
                .map(String::strip)
                .filter(line -> line.contains("libcudart"))
                .findFirst()
                .orElseGet(e::toString);
    }
}
