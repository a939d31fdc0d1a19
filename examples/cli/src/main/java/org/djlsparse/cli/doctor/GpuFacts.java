package org.djlsparse.cli.doctor;

import org.jspecify.annotations.Nullable;

/**
 * What decides about the next step towards a GPU, if the engine loaded.
 *
 * @param kernels whether kernels run on this system: Linux on x86-64
 * @param libraryPath whether PYTORCH_LIBRARY_PATH is set
 * @param driver the NVIDIA driver
 * @param cudart whether JNA finds libcudart
 * @param cudaVersion libcudart's version, such as 12080; 0 if it is unknown
 * @param cudaError CUDA's error when DJL counts GPUs; 0 if there is none
 * @param gpus the number of GPUs that DJL counts through libcudart
 * @param source where the natives come from
 * @param cudaBuild whether the natives are a CUDA build
 * @param engineGpus the number of GPUs that the engine can use
 * @param capability the compute capability of the first GPU without a point, such as 86; null if
 *     there is none
 * @param cusparselt the answer of cuSPARSELt's operator
 */
record GpuFacts(
        boolean kernels,
        boolean libraryPath,
        NvidiaDriver.State driver,
        boolean cudart,
        int cudaVersion,
        int cudaError,
        int gpus,
        Source source,
        boolean cudaBuild,
        int engineGpus,
        @Nullable String capability,
        CusparseltProbe.Answer cusparselt) {

    /** Where natives come from. */
    enum Source {
        /** An artifact on the class path, such as pytorch-native-cpu. */
        CLASS_PATH,
        /** The folder that PYTORCH_LIBRARY_PATH names. */
        LIBRARY_PATH,
        /** DJL's cache, into which it downloads them. */
        CACHE
    }
}
