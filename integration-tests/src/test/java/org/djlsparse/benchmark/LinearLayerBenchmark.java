package org.djlsparse.benchmark;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;

import org.djlsparse.internal.torch.HookRegistry;
import org.djlsparse.internal.torch.LinearFunction;
import org.djlsparse.internal.torch.PackedWeight;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.kernel.LinearKernel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * The cost of a linear layer whose products run outside autograd, compared with one of DJL, for a
 * layer so small that its products hardly matter. The score is the time of one layer, forward and
 * backward, in a chain of ten.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 10, time = 2)
public class LinearLayerBenchmark {

    private static final int LAYERS = 10;
    private static final int ROWS = 16;
    private static final int FEATURES = 32;

    /**
     * Plain DJL; plain DJL with a hook on each layer that keeps the gradient; or the dense kernel,
     * which computes the same.
     */
    @Param({"djl", "djl-hook", "kernel"})
    public String layer = "";

    private NDManager manager;
    private NDArray input;
    private NDArray weight;
    private NDArray bias;
    private PackedWeight packed;
    private HookRegistry hooks;

    /** Created by JMH. */
    @SuppressWarnings("NullAway.Init")
    public LinearLayerBenchmark() {}

    /** Creates the weights. */
    @Setup
    public void setUp() {
        manager = NDManager.newBaseManager();
        input = manager.randomNormal(new Shape(ROWS, FEATURES));
        weight = manager.randomNormal(0, 0.1f, new Shape(FEATURES, FEATURES), DataType.FLOAT32);
        bias = manager.randomNormal(new Shape(FEATURES));
        weight.setRequiresGradient(true);
        bias.setRequiresGradient(true);
        packed = ProductKernels.of(LinearKernel.dense(DataType.FLOAT32)).pack(weight, manager);
        hooks = new HookRegistry();
    }

    /**
     * Runs a forward and a backward pass.
     *
     * @return the gradient's shape
     */
    @Benchmark
    @OperationsPerInvocation(LAYERS)
    public Shape forwardAndBackward() {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector();
                NDManager batch = manager.newSubManager()) {
            NDArray y = chain(batch);
            collector.backward(y);
            return y.getShape();
        }
    }

    /**
     * Runs a forward pass without gradients.
     *
     * @return the output's shape
     */
    @Benchmark
    @OperationsPerInvocation(LAYERS)
    public Shape forward() {
        try (NDManager batch = manager.newSubManager()) {
            return chain(batch).getShape();
        }
    }

    private NDArray chain(NDManager batch) {
        NDArray x = input.duplicate();
        x.attach(batch);
        for (int i = 0; i < LAYERS; i++) {
            if (layer.equals("kernel")) {
                x = LinearFunction.linear(packed, x, weight, bias, hooks);
            } else {
                x = Linear.linear(x, weight, bias).singletonOrThrow();
                if (layer.equals("djl-hook") && LinearFunction.isRecording()) {
                    hooks.register(x, gradient -> null);
                }
            }
        }
        return x;
    }

    /** Frees the weights. */
    @TearDown
    public void tearDown() {
        manager.close();
    }
}
