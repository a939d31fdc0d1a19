package org.djlsparse.cli.doctor;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import com.sun.jna.NativeLibrary;

import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchModule;
import org.jspecify.annotations.Nullable;

/**
 * The question whether libtorch has cuSPARSELt. Only the operator can answer it: PyTorch declares
 * it in every build.
 *
 * @param answer the answer
 * @param library the library's file and version, and the reason why the operator does not work
 */
record CusparseltProbe(Answer answer, Diagnosis.Finding library) {

    /** The operator's answer. */
    enum Answer {
        /** It compresses a matrix. */
        WORKS,
        /** The natives are a CPU build. */
        CPU_BUILD,
        /** The natives are a CUDA build without cuSPARSELt. */
        NOT_BUILT_IN,
        /** It is there, or may be, but PyTorch sees no GPU on which to try it. */
        NOT_TRIED,
        /** It is there, but fails. */
        FAILS
    }

    /** PyTorch's message in a build without cuSPARSELt. */
    private static final String UNSUPPORTED = "not supported on your machine";

    /** In PyTorch 2.7.1, the operator writes beyond its result if the matrix is small. */
    private static final int SIZE = 256;

    private static final String SCRIPT =
            """
            class CusparseltProbe(Module):
                __parameters__ = []
                __buffers__ = []
                training : bool

                def compress(self, matrix: Tensor) -> Tensor:
                    return torch._cslt_compress(matrix)
            """;

    /**
     * Asks the operator.
     *
     * @param cudaBuild whether the natives are a CUDA build
     * @param device the device on which it runs
     * @return the answer
     */
    static CusparseltProbe ask(boolean cudaBuild, Device device) {
        String error = compress(device);
        String path = LoadedLibraries.find("libcusparseLt");
        return of(cudaBuild, device.isGpu(), error, path, path == null ? null : version(path));
    }

    /** Returns PyTorch's message; null if the operator works. */
    private static @Nullable String compress(Device device) {
        try (NDManager manager = NDManager.newBaseManager(device);
                TorchModule module = TorchModule.load(TorchArchive.of(SCRIPT), manager)) {
            NDArray matrix = manager.zeros(new Shape(SIZE, SIZE), DataType.FLOAT16);
            module.call(manager, "compress", matrix);
            return null;
        } catch (EngineException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Derives the answer from PyTorch's message, which is null if the operator works. */
    static CusparseltProbe of(
            boolean cudaBuild,
            boolean gpu,
            @Nullable String error,
            @Nullable String path,
            @Nullable String version) {
        if (error == null) {
            String found = path == null ? "in libtorch" : path;
            return new CusparseltProbe(Answer.WORKS, new Diagnosis.Finding(found, version, null));
        }
        if (!cudaBuild) {
            return without(Answer.CPU_BUILD, "PyTorch's CPU build has no kernel of cuSPARSELt");
        }
        if (error.contains(UNSUPPORTED)) {
            return without(
                    Answer.NOT_BUILT_IN, "this CUDA build of PyTorch was made without cuSPARSELt");
        }
        if (!gpu) {
            return new CusparseltProbe(
                    Answer.NOT_TRIED,
                    new Diagnosis.Finding(path, version, "not tried: PyTorch sees no GPU"));
        }
        return new CusparseltProbe(
                Answer.FAILS,
                new Diagnosis.Finding(path, version, error.lines().findFirst().orElse(error)));
    }

    private static CusparseltProbe without(Answer answer, String reason) {
        return new CusparseltProbe(answer, new Diagnosis.Finding(null, null, reason));
    }

    /** Asks the library for its version; this needs no GPU. */
    private static @Nullable String version(String path) {
        try {
            NativeLibrary library = NativeLibrary.getInstance(path);
            int[] part = new int[1];
            StringBuilder version = new StringBuilder();
            // The parts of a version are properties 0 to 2.
            for (int i = 0; i < 3; i++) {
                int status =
                        library.getFunction("cusparseLtGetProperty")
                                .invokeInt(new Object[] {i, part});
                if (status != 0) {
                    return null;
                }
                version.append(i == 0 ? "" : ".").append(part[0]);
            }
            return version.toString();
        } catch (LinkageError e) {
            return null;
        }
    }
}
