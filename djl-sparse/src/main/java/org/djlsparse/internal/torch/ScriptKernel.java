package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.util.cuda.CudaUtils;

import org.djlsparse.kernel.LinearKernel;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A kernel whose products are implemented in TorchScript. */
final class ScriptKernel implements ProductKernel {

    private static final Set<DataType> WEIGHTS = Set.of(DataType.FLOAT32, DataType.FLOAT16);

    private static final int PROBE = 64;

    private static final DeviceClaim CUSPARSELT_DEVICE = new DeviceClaim("cuSPARSELt");

    private final LinearKernel kernel;
    private final KernelKind kind;
    private final ProductOps ops;
    // The outcome of the trial on a device, which does not change while the process runs.
    private final Map<Device, Optional<String>> probes = new ConcurrentHashMap<>();

    ScriptKernel(LinearKernel kernel) {
        this(kernel, KernelKind.valueOf(kernel.family().name()));
    }

    private ScriptKernel(LinearKernel kernel, KernelKind kind) {
        this(kernel, kind, kind.getOps());
    }

    /**
     * Creates a kernel with operators of its own.
     *
     * @param kernel the kernel that it implements
     * @param kind the requirements
     * @param ops the operators
     */
    ScriptKernel(LinearKernel kernel, KernelKind kind, ProductOps ops) {
        this.kernel = kernel;
        this.kind = kind;
        this.ops = ops;
    }

    /** Returns PyTorch's number of a data type. */
    private static int number(DataType type) {
        return switch (type) {
            case FLOAT16 -> 5;
            case FLOAT32 -> 6;
            case BFLOAT16 -> 15;
            default -> throw new IllegalArgumentException("type " + type);
        };
    }

    @Override
    public String getName() {
        return kernel.getName();
    }

    @Override
    public boolean needsPattern() {
        return kernel.needsPattern();
    }

    @Override
    public @Nullable String rejection(
            Device device, DataType weightType, long outputs, long inputs) {
        String reason = reasonAgainstDevice(device);
        if (reason == null && !WEIGHTS.contains(weightType)) {
            reason = "weight of type " + weightType + ": must be float32 or float16";
        }
        if (reason == null) {
            reason = kind.reasonAgainstSize(outputs, inputs);
        }
        if (reason == null) {
            reason = probes.computeIfAbsent(device, this::probe).orElse(null);
        }
        return reason;
    }

    private @Nullable String reasonAgainstDevice(Device device) {
        if (!kind.needsGpu()) {
            return null;
        }
        if (!device.isGpu()) {
            return Engine.getEngine(PtEngine.ENGINE_NAME).getGpuCount() == 0
                    ? "no CUDA device (needs an NVIDIA GPU and DJL's CUDA build of PyTorch)"
                    : "device " + device + ": must be a CUDA device";
        }
        String streams = CudaStreams.reasonAgainst(device);
        if (streams != null) {
            return streams;
        }
        try {
            return kind.reasonAgainstCapability(
                    CudaUtils.getComputeCapability(device.getDeviceId()));
        } catch (IllegalStateException | IllegalArgumentException e) {
            return "compute capability of " + device + " unknown: " + e.getMessage();
        }
    }

    /** Tries both products on whole numbers, which every type holds exactly. */
    private Optional<String> probe(Device device) {
        String taken =
                kind == KernelKind.CUSPARSELT ? CUSPARSELT_DEVICE.reasonAgainst(device) : null;
        if (taken != null) {
            return Optional.of(taken);
        }
        try (NDManager manager = Engine.getEngine(PtEngine.ENGINE_NAME).newBaseManager(device)) {
            float[] kept = new float[PROBE * PROBE];
            float[] values = new float[PROBE * PROBE];
            for (int i = 0; i < kept.length; i++) {
                boolean keep = (i / PROBE + i) % 4 < 2;
                kept[i] = keep ? 1 + i % 3 : 0;
                values[i] = (i * 7 + i / PROBE) % 5 % 2;
            }
            NDArray weight = manager.create(kept, new Shape(PROBE, PROBE));
            NDArray x = manager.create(values, new Shape(PROBE, PROBE));
            try (PackedWeight packed = pack(weight, manager)) {
                boolean right =
                        packed.multiply(x, null).contentEquals(x.matMul(weight.transpose()))
                                && packed.inputGradient(x, x.getShape())
                                        .contentEquals(x.matMul(weight));
                return right
                        ? Optional.empty()
                        : Optional.of("computes wrong products on " + device);
            }
        } catch (EngineException e) {
            return Optional.of("does not run on " + device + ": " + e.getMessage());
        }
    }

    @Override
    public PackedWeight pack(NDArray weight, NDManager manager) {
        return packRows(weight, manager);
    }

    ScriptPackedWeight packRows(NDArray weight, NDManager manager) {
        return packRows(weight, manager, 0);
    }

    /** Packs a weight for one algorithm of both products. */
    ScriptPackedWeight packRows(NDArray weight, NDManager manager, long algorithm) {
        return pack(weight, manager, this, this, algorithm, algorithm);
    }

    /** Packs a weight for the kernels of both products. */
    static ScriptPackedWeight pack(
            NDArray weight,
            NDManager manager,
            ScriptKernel forward,
            ScriptKernel inputGradient,
            long forwardAlgorithm,
            long inputGradientAlgorithm) {
        forward.checkSize(weight);
        inputGradient.checkSize(weight);
        if (forward.kind == KernelKind.PACKED) {
            checkGroups(weight, "inputs", "output", false);
        }
        if (inputGradient.kind == KernelKind.PACKED) {
            checkGroups(weight, "outputs", "input", true);
        }
        return new ScriptPackedWeight(
                manager,
                weight,
                forward.ops,
                inputGradient.ops,
                number(forward.kernel.type()),
                forwardAlgorithm,
                inputGradientAlgorithm);
    }

    private void checkSize(NDArray weight) {
        Shape shape = weight.getShape();
        String reason =
                shape.dimension() == 2
                        ? kind.reasonAgainstSize(shape.get(0), shape.get(1))
                        : "must be [out, in]";
        if (reason != null) {
            throw new IllegalArgumentException("weight " + shape + ": " + reason);
        }
    }

    /**
     * Returns the largest error of a right product of random numbers, relative to its largest
     * entry.
     */
    double getTolerance() {
        return switch (kernel.type()) {
            case FLOAT16 -> 2e-3;
            case BFLOAT16 -> 1.6e-2;
            default -> 1e-5;
        };
    }

    private static void checkGroups(
            NDArray weight, String grouped, String other, boolean transposed) {
        try (NDManager scratch = weight.getManager().newSubManager(weight.getDevice())) {
            NDArray found =
                    LinearOps.module()
                            .call(scratch, "first_overfull", weight, transposed)
                            .singletonOrThrow();
            if (found.size() > 0) {
                long[] place = found.toLongArray();
                throw new IllegalArgumentException(
                        "weight: "
                                + grouped
                                + " "
                                + 4 * place[1]
                                + " to "
                                + (4 * place[1] + 3)
                                + " of "
                                + other
                                + " "
                                + place[0]
                                + " have "
                                + place[2]
                                + " nonzero entries: must be at most 2");
            }
        }
    }

    @Override
    public String toString() {
        return getName();
    }
}
