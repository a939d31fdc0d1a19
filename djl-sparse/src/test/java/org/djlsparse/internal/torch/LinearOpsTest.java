package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LinearOpsTest {

    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void versionsTellOfChangesInPlace() {
        NDArray array = manager.zeros(new Shape(3));
        NDArray other = array.stopGradient();
        long before = LinearOps.module().callForInt("version", array, other);
        array.addi(1);
        assertThat(LinearOps.module().callForInt("version", array, other)).isGreaterThan(before);

        array.set(new float[] {1, 2, 3}); // replaces the array's memory
        assertThat(LinearOps.module().callForInt("version", array, other)).isEqualTo(-1);
    }
}
