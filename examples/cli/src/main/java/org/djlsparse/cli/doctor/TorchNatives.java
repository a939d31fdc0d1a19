package org.djlsparse.cli.doctor;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a folder of libtorch says about its build. */
final class TorchNatives {

    /** A folder in DJL's cache, such as 2.7.1-cu128-linux-x86_64. */
    private static final Pattern CACHED =
            Pattern.compile("(\\d+\\.\\d+\\.\\d+.*)-(cpu|cu\\d+)(-precxx11)?-(linux|win|osx)-.*");

    /** The version in PyTorch's own files, such as 2.7.1+cu128. */
    private static final Pattern BUILT = Pattern.compile("(\\d+\\.\\d+\\.\\d+)(\\+(\\w+))?");

    /** A part of the message on a libtorch of another version. */
    static final String OTHER_VERSION = "not loaded, because DJL's code is for version";

    private TorchNatives() {}

    /**
     * Reads the folder.
     *
     * @param folder the folder of libtorch's libraries
     * @param djlVersion the version that DJL takes it for
     * @param override the value of PYTORCH_FLAVOR; null if it is not set
     * @return the natives
     */
    static Diagnosis.Natives read(Path folder, String djlVersion, @Nullable String override) {
        String version = djlVersion;
        String flavor = override;
        Matcher cached = CACHED.matcher(String.valueOf(folder.getFileName()));
        Matcher built = BUILT.matcher(ownVersion(folder));
        if (built.find()) {
            version = built.group();
            flavor = built.group(3) == null ? flavor : built.group(3);
        } else if (cached.matches()) {
            version = cached.group(1);
            flavor = cached.group(2);
        }
        // The libraries decide between CPU and CUDA: PYTORCH_FLAVOR may be wrong.
        if (!hasCuda(folder)) {
            flavor = "cpu";
        } else if (flavor == null || !flavor.startsWith("cu")) {
            flavor = "cuda";
        }
        return new Diagnosis.Natives(folder.toString(), flavor, version);
    }

    private static boolean hasCuda(Path folder) {
        return Files.exists(folder.resolve("libtorch_cuda.so"))
                || Files.exists(folder.resolve("torch_cuda.dll"));
    }

    /**
     * Finds the folder of libtorch as DJL does.
     *
     * @param paths the value of PYTORCH_LIBRARY_PATH: folders, or files of libtorch
     * @return the first folder that holds libtorch; null if none does
     */
    static @Nullable Path find(String paths) {
        String name = System.mapLibraryName("torch");
        for (String each : paths.split(File.pathSeparator, -1)) {
            Path path = Path.of(each).toAbsolutePath();
            if (Files.isRegularFile(path.resolve(name))) {
                return path;
            }
            if (path.endsWith(name) && Files.isRegularFile(path)) {
                return path.getParent();
            }
        }
        return null;
    }

    /**
     * Returns why a libtorch must not be loaded. DJL's code for another version crashes the JVM.
     *
     * @param folder the folder of libtorch
     * @param expected the version for which DJL's code was made
     * @return the reason; null if the version is right or unknown
     */
    static @Nullable String reasonAgainstLoading(Path folder, String expected) {
        Matcher built = BUILT.matcher(ownVersion(folder));
        return !built.find() || expected.startsWith(built.group(1))
                ? null
                : folder + " is PyTorch " + built.group() + ", " + OTHER_VERSION + " " + expected;
    }

    /**
     * Returns the version in the files of PyTorch's archives and wheels; empty if there is none.
     */
    private static String ownVersion(Path folder) {
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            for (String name : new String[] {"build-version", "version.py"}) {
                try {
                    return Files.readString(parent.resolve(name));
                } catch (IOException e) {
                    // the next one
                }
            }
        }
        return "";
    }
}
