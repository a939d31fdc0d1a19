package org.djlsparse.internal.nn;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;

import org.djlsparse.Garbage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;

import static org.assertj.core.api.Assertions.assertThat;

class StepMemoryTest {

    private final StepMemory memory = new StepMemory();
    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        assertThat(memory.open(1 << 20)).isTrue();
    }

    @AfterEach
    void close() {
        memory.release();
        manager.close();
    }

    @Test
    void aCollectionBetweenThePassesDoesNotChangeGradients() {
        for (int attempt = 0; attempt < 50; attempt++) {
            assertThat(gradientOfThreeX(attempt % 2 == 0)).containsOnly(3);
            memory.release();
            memory.open(1 << 20);
        }
    }

    private float[] gradientOfThreeX(boolean inScope) {
        try (NDManager scratch = manager.newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray x = scratch.ones(new Shape(4));
            x.setRequiresGradient(true);
            NDArray y;
            if (inScope) { // the innermost one then
                try (NDScope scope = new NDScope()) {
                    scope.suppressNotUsedWarning();
                    y = x.mul(3).sum();
                    NDScope.unregister(y);
                }
            } else {
                y = x.mul(3).sum();
            }
            Garbage.collect();
            collector.backward(y);
            return x.getGradient().toFloatArray();
        }
    }

    @Test
    void holdsTheBuffersOfClosedArraysUntilItIsReleased() {
        manager.create(new float[] {1, 2, 3}).close();
        manager.ones(new Shape(8)).mul(2).close();
        assertThat(memory.getHeldBytes()).isEqualTo(12 + 4);
        memory.release();
        assertThat(memory.getHeldBytes()).isZero();
        manager.create(new float[] {1, 2, 3}).close();
        assertThat(memory.getHeldBytes()).isZero();
    }

    @Test
    void twoMemoriesHoldTheSameAndDoNotDisturbEachOther() {
        StepMemory second = new StepMemory();
        second.open(1 << 20);
        manager.create(1f);
        memory.release();
        manager.create(2d);
        assertThat(second.getHeldBytes()).isEqualTo(4 + 8);
        second.release();
    }

    @Test
    void beyondTheLimitTheOldestGo() {
        memory.release();
        memory.open(2 * (256 + 40));
        for (int i = 0; i < 5; i++) {
            manager.create(new float[10]);
        }
        assertThat(memory.getHeldBytes()).isEqualTo(2 * 40);
        manager.create(new float[1000]);
        assertThat(memory.getHeldBytes()).isZero();
    }

    @Test
    void scopesWorkAsBefore() {
        NDArray outside = manager.create(1f);
        NDArray kept;
        NDArray closed;
        NDArray inner;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            closed = manager.create(2f);
            kept = manager.create(3f);
            NDScope.unregister(new NDList(kept));
            try (NDScope nested = new NDScope()) {
                nested.suppressNotUsedWarning();
                inner = closed.add(kept);
            }
            assertThat(inner.isReleased()).isTrue();
            assertThat(closed.isReleased()).isFalse();
        }
        assertThat(closed.isReleased()).isTrue();
        assertThat(kept.isReleased()).isFalse();
        assertThat(outside.isReleased()).isFalse();
    }

    @Test
    void aScopeAroundTheStepGetsItsArrays() {
        memory.release();
        NDArray before;
        NDArray within;
        NDArray after;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            before = manager.create(1f);
            memory.open(1 << 20);
            within = manager.create(2f);
            memory.release();
            after = manager.create(3f);
        }
        assertThat(before.isReleased()).isTrue();
        assertThat(within.isReleased()).isTrue();
        assertThat(after.isReleased()).isTrue();
    }

    @Test
    void whatNobodyReleasesGoesWithItsOwner() throws Exception {
        WeakReference<StepMemory> forgotten = new WeakReference<>(newMemory());
        for (int i = 0; i < 100 && forgotten.get() != null; i++) {
            System.gc();
            Thread.sleep(1);
        }
        assertThat(forgotten.get()).isNull();
    }

    private static StepMemory newMemory() {
        StepMemory forgotten = new StepMemory();
        forgotten.open(1 << 20);
        return forgotten;
    }
}
