package org.djlsparse.cli.doctor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.LibUtils;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import ai.djl.util.cuda.CudaUtils;

import org.djlsparse.torch.GradientHooks;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a diagnosis that concerns GPUs.
 *
 * @param natives see {@link Diagnosis}
 * @param driver see {@link Diagnosis}
 * @param cudart see {@link Diagnosis}
 * @param gpus see {@link Diagnosis}
 * @param cusparselt see {@link Diagnosis}
 * @param nextStep see {@link Diagnosis}
 */
record GpuFindings(
        Diagnosis.Natives natives,
        Diagnosis.Finding driver,
        Diagnosis.Finding cudart,
        Diagnosis.GpuCount gpus,
        Diagnosis.Finding cusparselt,
        String nextStep) {

    private static final String TORCH = "PyTorch";
    private static final String LIBRARY_PATH = "PYTORCH_LIBRARY_PATH";
    private static final String FLAVOR = "PYTORCH_FLAVOR";

    /**
     * Collects the findings with an engine.
     *
     * @param runtime CUDA's runtime library
     * @param engine the engine
     * @return the findings
     */
    static GpuFindings of(CudaRuntime runtime, Engine engine) {
        if (!TORCH.equals(engine.getEngineName())) {
            return without(
                    runtime,
                    engine.getGpuCount(),
                    "not looked for: the engine is not PyTorch",
                    GpuAdvice.NO_KERNELS);
        }
        Path folder = Path.of(LibUtils.getLibtorchPath());
        Diagnosis.Natives natives = TorchNatives.read(folder, engine.getVersion(), setting(FLAVOR));
        boolean cudaBuild = !"cpu".equals(natives.flavor());
        int engineGpus = engine.getGpuCount();
        CusparseltProbe probe =
                CusparseltProbe.ask(cudaBuild, engineGpus > 0 ? Device.gpu() : Device.cpu());
        Diagnosis.Finding driver = NvidiaDriver.find(Path.of("/"));
        GpuFacts facts =
                new GpuFacts(
                        GradientHooks.isSupported(),
                        setting(LIBRARY_PATH) != null,
                        NvidiaDriver.state(driver),
                        runtime.library().found() != null,
                        runtime.version(),
                        runtime.error(),
                        runtime.gpus(),
                        source(folder),
                        cudaBuild,
                        engineGpus,
                        engineGpus > 0 ? CudaUtils.getComputeCapability(0) : null,
                        probe.answer());
        return new GpuFindings(
                natives,
                driver,
                runtime.library(),
                new Diagnosis.GpuCount(runtime.gpus(), engineGpus, runtime.message()),
                probe.library(),
                GpuAdvice.of(facts));
    }

    /**
     * Collects the findings if the engine did not load.
     *
     * @param runtime CUDA's runtime library
     * @param failure the exception
     * @return the findings
     */
    static GpuFindings without(CudaRuntime runtime, Throwable failure) {
        List<String> causes = new ArrayList<>(Causes.of(failure));
        causes.add(0, String.valueOf(failure.getMessage()));
        String step =
                GpuAdvice.withoutEngine(
                        causes, setting(LIBRARY_PATH) != null, setting(FLAVOR) != null);
        return without(runtime, 0, "not looked for: no engine", step);
    }

    private static GpuFindings without(CudaRuntime runtime, int gpus, String reason, String step) {
        return new GpuFindings(
                new Diagnosis.Natives(null, null, null),
                NvidiaDriver.find(Path.of("/")),
                runtime.library(),
                new Diagnosis.GpuCount(runtime.gpus(), gpus, runtime.message()),
                new Diagnosis.Finding(null, null, reason),
                step);
    }

    private static @Nullable String setting(String name) {
        String value = Utils.getEnvOrSystemProperty(name);
        return value == null || value.isEmpty() ? null : value;
    }

    private static GpuFacts.Source source(Path folder) {
        if (folder.equals(named())) {
            return GpuFacts.Source.LIBRARY_PATH;
        }
        return GpuFindings.class.getResource("/native/lib/pytorch.properties") == null
                ? GpuFacts.Source.CACHE
                : GpuFacts.Source.CLASS_PATH;
    }

    /**
     * Returns why the natives in PYTORCH_LIBRARY_PATH must not be loaded; null if they may, or if
     * none are there.
     */
    static @Nullable String reasonAgainstLoading() {
        String version = setting("PYTORCH_VERSION");
        if (version == null) {
            version = Platform.fromSystem("pytorch").getVersion();
        }
        Path folder = named();
        return folder == null || version == null
                ? null
                : TorchNatives.reasonAgainstLoading(folder, version);
    }

    /** Returns the folder in PYTORCH_LIBRARY_PATH from which DJL takes libtorch, if any. */
    private static @Nullable Path named() {
        String paths = setting(LIBRARY_PATH);
        return paths == null ? null : TorchNatives.find(paths);
    }
}
