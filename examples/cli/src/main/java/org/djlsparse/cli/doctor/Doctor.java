package org.djlsparse.cli.doctor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.cuda.CudaUtils;

import org.djlsparse.Sparsifier;
import org.djlsparse.internal.torch.HookRegistry;
import org.djlsparse.internal.torch.LinearFunction;
import org.djlsparse.internal.torch.PackedWeight;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.torch.GradientHooks;
import org.djlsparse.torch.VectorApi;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** Checks the library's features on this machine against plain DJL or double precision. */
public final class Doctor {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final int OUTPUTS = 128;
    private static final int INPUTS = 64;
    private static final int ROWS = 32;
    private static final double LIMIT_HOOKS = 1e-6;
    private static final double LIMIT_FP32 = 1e-5;
    private static final double LIMIT_FP16 = 2e-3;
    private static final double LIMIT_BF16 = 1.6e-2;

    private Doctor() {}

    /**
     * Checks all features in a few seconds.
     *
     * @return the diagnosis
     */
    public static Diagnosis examine() {
        return examine(
                () -> {
                    String reason = GpuFindings.reasonAgainstLoading();
                    if (reason != null) {
                        throw new EngineException(reason);
                    }
                    return Engine.getInstance();
                });
    }

    static Diagnosis examine(Supplier<Engine> engines) {
        // Before the engine, which may load a libcudart of its own.
        CudaRuntime runtime = CudaRuntime.find();
        Engine engine;
        try {
            engine = engines.get();
        } catch (RuntimeException | LinkageError e) {
            return withoutEngine(runtime, e);
        }
        GpuFindings gpu = GpuFindings.of(runtime, engine);
        List<Device> devices = devices(engine);
        List<Diagnosis.KernelCheck> kernels = new ArrayList<>();
        for (Device device : devices) {
            for (LinearKernel kernel : LinearKernel.all()) {
                kernels.add(check(kernel, device));
            }
        }
        return new Diagnosis(
                java(),
                platform(),
                Engine.getDjlVersion(),
                engine.getEngineName() + " " + engine.getVersion(),
                List.of(),
                gpu.natives(),
                gpu.driver(),
                gpu.cudart(),
                gpu.gpus(),
                gpu.cusparselt(),
                vector(),
                devices.stream().map(Doctor::describe).toList(),
                checkMaskedDense(),
                checkHooks(),
                kernels,
                gpu.nextStep());
    }

    private static Diagnosis withoutEngine(CudaRuntime runtime, Throwable failure) {
        GpuFindings gpu = GpuFindings.without(runtime, failure);
        Diagnosis.Check failed = Diagnosis.Check.failed("no engine");
        return new Diagnosis(
                java(),
                platform(),
                Engine.getDjlVersion(),
                "none: " + failure.getMessage(),
                Causes.of(failure),
                gpu.natives(),
                gpu.driver(),
                gpu.cudart(),
                gpu.gpus(),
                gpu.cusparselt(),
                // Its check would load the engine, which may crash the JVM.
                new Diagnosis.VectorCheck(false, null, "no engine"),
                List.of(),
                failed,
                failed,
                List.of(),
                gpu.nextStep());
    }

    private static String java() {
        return System.getProperty("java.runtime.version")
                + ", "
                + System.getProperty("java.vendor");
    }

    /** Runs and checks small products. */
    private static Diagnosis.VectorCheck vector() {
        String reason =
                LinearKernel.cpuSparse().rejection(Device.cpu(), DataType.FLOAT32, OUTPUTS, INPUTS);
        return new Diagnosis.VectorCheck(
                reason == null, reason == null ? VectorApi.getLanes() : null, reason);
    }

    private static String platform() {
        return System.getProperty("os.name") + ", " + System.getProperty("os.arch");
    }

    private static List<Device> devices(Engine engine) {
        List<Device> devices = new ArrayList<>();
        devices.add(Device.cpu());
        for (int i = 0; i < engine.getGpuCount(); i++) {
            devices.add(Device.gpu(i));
        }
        return devices;
    }

    private static Diagnosis.DeviceInfo describe(Device device) {
        if (!device.isGpu()) {
            return new Diagnosis.DeviceInfo(device.toString(), null);
        }
        String version = CudaUtils.getComputeCapability(device.getDeviceId());
        int point = version.length() - 1;
        return new Diagnosis.DeviceInfo(
                device.toString(), version.substring(0, point) + "." + version.substring(point));
    }

    /** Compares a wrapped layer's gradient with the product that the masked weight gives. */
    private static Diagnosis.Check checkMaskedDense() {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            Block block = Linear.builder().setUnits(OUTPUTS).optBias(false).build();
            block.initialize(manager, DataType.FLOAT32, new Shape(ROWS, INPUTS));
            Block sparse = Sparsifier.builder().setPattern(PATTERN).build().wrap(block);
            NDArray weight = block.getParameters().get("weight").getArray();
            NDArray x = manager.randomNormal(new Shape(ROWS, INPUTS));
            NDArray keep = keep(manager, weight);
            NDArray y = x.matMul(weight.stopGradient().mul(keep).transpose());
            NDArray expected = y.transpose().matMul(x).mul(keep);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray masked =
                        sparse.forward(new ParameterStore(manager, false), new NDList(x), true)
                                .singletonOrThrow();
                NDArray square = masked.square().sum();
                collector.backward(square);
            }
            // The gradient of the square is twice the product.
            return Diagnosis.Check.of(
                    error(weight.getGradient(), expected.add(expected)), LIMIT_FP32);
        } catch (RuntimeException | LinkageError e) {
            return Diagnosis.Check.failed(e.getMessage());
        }
    }

    private static NDArray keep(NDManager manager, NDArray weight) {
        WeightShape shape = WeightShape.of(weight.getShape().getShape());
        float[] mask =
                MaskSolver.auto().solve(weight.toFloatArray(), shape, PATTERN).toFloatArray();
        return manager.create(mask, weight.getShape());
    }

    /** Compares the gradients of a linear function by hooks with those by autograd. */
    private static Diagnosis.Check checkHooks() {
        String reason = GradientHooks.getReason();
        if (reason != null) {
            return Diagnosis.Check.failed(reason);
        }
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            NDArray x = manager.randomNormal(new Shape(ROWS, INPUTS));
            NDArray weight = manager.randomNormal(new Shape(OUTPUTS, INPUTS));
            HookRegistry hooks = new HookRegistry();
            NDList actual;
            try (PackedWeight packed =
                    ProductKernels.of(LinearKernel.dense(DataType.FLOAT32)).pack(weight, manager)) {
                actual =
                        gradients(
                                x,
                                weight,
                                (a, b) -> LinearFunction.linear(packed, a, b, null, hooks));
            }
            hooks.check();
            NDList expected = gradients(x, weight, (a, b) -> a.matMul(b.transpose()));
            return Diagnosis.Check.of(
                    Math.max(
                            error(actual.get(0), expected.get(0)),
                            error(actual.get(1), expected.get(1))),
                    LIMIT_HOOKS);
        } catch (RuntimeException | LinkageError e) {
            return Diagnosis.Check.failed(e.getMessage());
        }
    }

    private static NDList gradients(
            NDArray x, NDArray weight, BiFunction<NDArray, NDArray, NDArray> linear) {
        NDArray a = x.duplicate();
        NDArray b = weight.duplicate();
        a.setRequiresGradient(true);
        b.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(linear.apply(a, b).square().sum());
        }
        return new NDList(a.getGradient(), b.getGradient());
    }

    private static Diagnosis.KernelCheck check(LinearKernel kernel, Device device) {
        String reason = kernel.rejection(device, DataType.FLOAT32, OUTPUTS, INPUTS);
        if (reason != null) {
            return failed(kernel, device, reason);
        }
        try (NDManager manager = NDManager.newBaseManager(device)) {
            NDArray dense = manager.randomNormal(new Shape(OUTPUTS, INPUTS));
            NDArray weight = dense.mul(keep(manager, dense));
            NDArray x = manager.randomNormal(new Shape(ROWS, INPUTS));
            NDArray dy = manager.randomNormal(new Shape(ROWS, OUTPUTS));
            NDArray wide = wide(weight);
            try (PackedWeight packed = ProductKernels.of(kernel).pack(weight, manager)) {
                double limit = limit(kernel.getName());
                return new Diagnosis.KernelCheck(
                        kernel.getName(),
                        device.toString(),
                        Diagnosis.Check.of(
                                error(packed.multiply(x, null), wide(x).matMul(wide.transpose())),
                                limit),
                        Diagnosis.Check.of(
                                error(
                                        packed.inputGradient(dy, x.getShape()),
                                        wide(dy).matMul(wide)),
                                limit));
            }
        } catch (RuntimeException | LinkageError e) {
            return failed(kernel, device, e.getMessage());
        }
    }

    private static Diagnosis.KernelCheck failed(
            LinearKernel kernel, Device device, @Nullable String reason) {
        Diagnosis.Check failed = Diagnosis.Check.failed(reason);
        return new Diagnosis.KernelCheck(kernel.getName(), device.toString(), failed, failed);
    }

    private static double limit(String kernel) {
        if (kernel.endsWith("bf16")) {
            return LIMIT_BF16;
        }
        return kernel.endsWith("fp16") ? LIMIT_FP16 : LIMIT_FP32;
    }

    private static NDArray wide(NDArray array) {
        return array.toType(DataType.FLOAT64, true);
    }

    private static double error(NDArray actual, NDArray expected) {
        double largest = wide(expected).abs().max().getDouble();
        return wide(actual).sub(wide(expected)).abs().max().getDouble() / largest;
    }
}
