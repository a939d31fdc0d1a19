package org.djlsparse.internal.torch;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;

import org.djlsparse.ResourceCount;
import org.djlsparse.torch.GradientHooks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class GradientHooksTest {

    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private GradientHooks hooks;
    private NDArray x;

    @BeforeEach
    void create() {
        assumeTrue(GradientHooks.isSupported(), GradientHooks.getReason());
        hooks = new GradientHooks();
        x = newInput();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void hooksSeeAndReplaceGradients() {
        List<float[]> seen = new ArrayList<>();
        backward(
                () -> {
                    NDArray y = x.mul(x);
                    hooks.register(
                            y,
                            gradient -> {
                                seen.add(gradient.toFloatArray());
                                return null;
                            });
                    return y.mul(y).sum();
                });
        // d(y^2)/dy = 2 y, and dy/dx = 2 x.
        assertThat(seen).containsExactly(new float[] {2, 8, 18});
        assertThat(gradient()).containsExactly(4, 32, 108);

        backward(
                () -> {
                    NDArray y = x.mul(x);
                    hooks.register(y, gradient -> gradient.getManager().ones(new Shape(3)));
                    return y.mul(y).sum();
                });
        assertThat(gradient()).containsExactly(2, 4, 6);
        hooks.check();
    }

    @Test
    void severalHooksOnAnArrayFollowEachOther() {
        backward(
                () -> {
                    NDArray y = x.mul(x);
                    hooks.register(y, gradient -> gradient.add(1));
                    hooks.register(y, gradient -> null);
                    hooks.register(y, gradient -> gradient.mul(10));
                    return y.sum();
                });
        assertThat(gradient()).containsExactly(40, 80, 120);
    }

    @Test
    void aHookGetsTheSumOfAllPathsOnce() {
        List<float[]> seen = new ArrayList<>();
        backward(
                () -> {
                    NDArray y = x.mul(x);
                    hooks.register(
                            y,
                            gradient -> {
                                seen.add(gradient.toFloatArray());
                                return gradient;
                            });
                    return y.sum().add(y.mul(2).sum()).add(y.mul(y).sum());
                });
        assertThat(seen).containsExactly(new float[] {5, 11, 21});
        assertThat(gradient()).containsExactly(10, 44, 126);
    }

    @Test
    void theStartOfAGraphCanHaveAHook() {
        hooks.register(x, gradient -> gradient.mul(2));
        for (int i = 1; i <= 2; i++) {
            record(
                    collector -> {
                        try (NDManager batch = manager.newSubManager()) {
                            collector.backward(product(batch).sum());
                        }
                    });
            assertThat(gradient()).containsExactly(4 * i, 8 * i, 12 * i);
        }
        assertThat(hooks.getCount()).isEqualTo(1);
        x.close();
        assertThat(hooks.getCount()).isZero();
    }

    @Test
    void hooksGoWithTheirGraphs() {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            for (int i = 0; i < 10; i++) { // without a backward pass
                try (NDManager batch = manager.newSubManager()) {
                    hooks.register(product(batch), gradient -> null);
                    assertThat(hooks.getCount()).isEqualTo(1);
                }
                assertThat(hooks.getCount()).isZero();
            }
            try (NDManager batch = manager.newSubManager()) {
                NDArray y = product(batch);
                hooks.register(y, gradient -> null);
                NDArray loss = y.sum();
                y.close();
                assertThat(hooks.getCount()).isEqualTo(1); // the graph still exists
                collector.backward(loss);
                assertThat(gradient()).containsExactly(2, 4, 6);
            }
            assertThat(hooks.getCount()).isZero();
        }
    }

    @Test
    void anErrorPoisonsTheGradientAndIsThrownLater() {
        IllegalArgumentException error = new IllegalArgumentException("as forced");
        backward(
                () -> {
                    NDArray y = x.mul(x);
                    hooks.register(
                            y,
                            gradient -> {
                                throw error;
                            });
                    return y.sum();
                });

        assertThat(gradient()).containsOnly(Float.NaN);
        assertThatIllegalStateException()
                .isThrownBy(hooks::check)
                .withMessage("a gradient hook failed, and its gradient became NaN: as forced")
                .withCause(error);
        assertThatCode(hooks::check).doesNotThrowAnyException();

        backward(() -> x.mul(x).sum());
        assertThat(gradient()).containsExactly(2, 4, 6);
    }

    @Test
    void javaErrorsAreCaughtToo() {
        backward(
                () -> {
                    NDArray y = x.mul(x);
                    hooks.register(
                            y,
                            gradient -> {
                                throw new OutOfMemoryError("as forced");
                            });
                    return y.sum();
                });

        assertThat(gradient()).containsOnly(Float.NaN);
        assertThatIllegalStateException()
                .isThrownBy(hooks::check)
                .withCauseInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void aReplacementOfAnotherShapeEndsTheBackwardPass() {
        assertThatExceptionOfType(EngineException.class)
                .isThrownBy(
                        () ->
                                backward(
                                        () -> {
                                            NDArray y = x.mul(x);
                                            hooks.register(y, gradient -> gradient.sum());
                                            return y.sum();
                                        }))
                .withMessageContaining("has changed the size of value");
    }

    @Test
    void secondDerivativesAreRefused() {
        record(
                collector -> {
                    NDArray y = x.mul(x);
                    hooks.register(y, gradient -> gradient.mul(2));
                    NDArray one = manager.ones(new Shape());
                    JniUtils.backward((PtNDArray) y.sum(), (PtNDArray) one, true, true);
                });

        assertThat(gradient()).containsOnly(Float.NaN);
        assertThatIllegalStateException()
                .isThrownBy(hooks::check)
                .withMessageContaining("createGraph");
    }

    @Test
    void aGraphThatIsKeptCanBeUsedTwice() {
        record(
                collector -> {
                    NDArray y = x.mul(x);
                    hooks.register(y, gradient -> gradient.mul(3));
                    NDArray loss = y.sum();
                    NDArray one = manager.ones(new Shape());
                    for (int i = 1; i <= 2; i++) {
                        JniUtils.backward((PtNDArray) loss, (PtNDArray) one, true, false);
                        assertThat(gradient()).containsExactly(6 * i, 12 * i, 18 * i);
                    }
                });
        hooks.check();
    }

    @Test
    void arraysWithoutGradientAreRefused() {
        NDArray plain = manager.ones(new Shape(2, 3));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> hooks.register(plain, gradient -> null))
                .withMessage("array float32 (2, 3): needs no gradient, so none will come");
        NDArray stopped = x.stopGradient();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> hooks.register(stopped, gradient -> null));
        assertThat(hooks.getCount()).isZero();
    }

    @Test
    void closingTheGradientOrEndingAScopeIsHarmless() {
        for (int i = 0; i < 50; i++) {
            clearGradient();
            record(
                    collector -> {
                        try (NDScope scope = new NDScope()) {
                            NDArray y = x.mul(x);
                            hooks.register(
                                    y,
                                    gradient -> {
                                        NDArray twice = gradient.mul(2);
                                        gradient.close();
                                        return twice;
                                    });
                            collector.backward(y.sum());
                            scope.suppressNotUsedWarning();
                        }
                    });
            assertThat(gradient()).containsExactly(4, 8, 12);
        }
        hooks.check();
        assertThat(hooks.getCount()).isZero();
    }

    @Test
    void arraysStayTheCallersOwn() {
        NDArray kept = manager.create(new float[] {7, 8, 9});
        backward(
                () -> {
                    NDArray y = x.add(x);
                    hooks.register(y, gradient -> kept);
                    return y.sum();
                });

        assertThat(gradient()).containsExactly(14, 16, 18);
        assertThat(kept.toFloatArray()).containsExactly(7, 8, 9);
    }

    /** If 60 backward passes are nested, PyTorch continues in a thread of its own. */
    @Test
    void threadsThatTheJvmDoesNotKnowRunHooks() throws InterruptedException {
        int passes = 64;
        List<Thread> threads = new ArrayList<>();
        List<PtNDArray> losses = new ArrayList<>();
        PtNDArray one = (PtNDArray) manager.ones(new Shape());
        record(
                collector -> {
                    for (int i = 0; i < passes; i++) {
                        int next = i + 1;
                        NDArray y = x.mul(x);
                        hooks.register(
                                y,
                                gradient -> {
                                    threads.add(Thread.currentThread());
                                    if (next < passes) {
                                        JniUtils.backward(losses.get(next), one, false, false);
                                    }
                                    return gradient.mul(2);
                                });
                        losses.add((PtNDArray) y.sum());
                    }
                });
        Runnable backward = () -> JniUtils.backward(losses.get(0), one, false, false);
        Thread deep = new Thread(null, backward, "deep", 64 << 20);
        deep.start();
        deep.join();

        hooks.check();
        assertThat(gradient()).containsExactly(4 * passes, 8 * passes, 12 * passes);
        assertThat(threads).hasSize(passes);
        assertThat(threads.get(0)).isSameAs(deep);
        Thread last = threads.get(passes - 1);
        assertThat(last.getName()).isEqualTo("djl-sparse-hooks");
        assertThat(last.isDaemon()).isTrue();
        assertThat(threads.get(passes - 2)).as("attached once").isSameAs(last);
    }

    @Test
    void nothingIsLeftBehind() {
        NDManager shared = NativeHooks.get().getManager();
        int here = 0;
        int there = 0;
        for (int step = 0; step < 200; step++) {
            try (GradientCollector collector = Engine.getInstance().newGradientCollector();
                    NDManager batch = manager.newSubManager()) {
                NDArray y = product(batch);
                hooks.register(y, gradient -> gradient.add(1).mul(2).sub(3));
                collector.backward(y.sum());
            }
            clearGradient();
            if (step == 0) {
                here = ResourceCount.of(manager);
                there = ResourceCount.of(shared);
            }
        }
        assertThat(ResourceCount.of(manager)).isEqualTo(here);
        assertThat(ResourceCount.of(shared)).isEqualTo(there);
        assertThat(hooks.getCount()).isZero();
    }

    @Test
    void otherPlatformsAreNamed() {
        assertThat(NativeHooks.rejection("Linux", "amd64")).isNull();
        assertThat(NativeHooks.rejection("Mac OS X", "aarch64"))
                .isEqualTo("gradient hooks need Linux on x86-64, this is Mac OS X on aarch64");
        assertThat(NativeHooks.rejection("Linux", "aarch64"))
                .isEqualTo("gradient hooks need Linux on x86-64, this is Linux on aarch64");
        assertThat(NativeHooks.rejection("Windows 11", "amd64"))
                .isEqualTo("gradient hooks need Linux on x86-64, this is Windows 11 on amd64");
    }

    /** Returns x * x, attached to a manager. */
    private NDArray product(NDManager owner) {
        NDArray y = x.mul(x);
        y.attach(owner);
        return y;
    }

    private void backward(Supplier<NDArray> loss) {
        clearGradient();
        record(collector -> collector.backward(loss.get()));
    }

    /** Creates x again, without a gradient. */
    private void clearGradient() {
        x.close();
        x = newInput();
    }

    private NDArray newInput() {
        // In native memory; memory shared with Java would be freed with its first array.
        try (NDArray created = manager.create(new float[] {1, 2, 3})) {
            NDArray input = created.duplicate();
            input.setRequiresGradient(true);
            return input;
        }
    }

    private static void record(Consumer<GradientCollector> body) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            body.accept(collector);
        }
    }

    private float[] gradient() {
        try (NDArray gradient = x.getGradient()) {
            return gradient.toFloatArray();
        }
    }
}
