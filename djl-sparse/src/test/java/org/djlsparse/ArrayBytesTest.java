package org.djlsparse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.io.TensorInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ArrayBytesTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "FLOAT32", "FLOAT64"})
    void anyBitsComeBack(DataType type) throws IOException {
        Shape[] shapes = {
            new Shape(),
            new Shape(0, 3),
            new Shape(5, 3, 2),
            new Shape(1 << 18),
            new Shape(600, 901)
        };
        try (NDManager manager = NDManager.newBaseManager()) {
            for (Shape shape : shapes) {
                byte[] bytes = new byte[(int) shape.size() * type.getNumOfBytes()];
                new Random(3).nextBytes(bytes); // NaNs, infinities and subnormal numbers too
                NDArray array = manager.create(ByteBuffer.wrap(bytes), shape, type);
                int before = ResourceCount.of(manager);

                assertThat(written(array)).isEqualTo(bytes);
                try (NDArray read = read(ArrayBytes.describe("a", array), bytes, manager)) {
                    assertThat(read.getShape()).isEqualTo(shape);
                    assertThat(read.getDataType()).isEqualTo(type);
                    assertThat(read.toByteArray()).isEqualTo(bytes);
                }
                assertThat(ResourceCount.of(manager)).isEqualTo(before);
            }
        }
    }

    @Test
    void elementsAreInTheOrderOfRows() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(3, 2));
            float[] transposed = new float[6];
            ByteBuffer.wrap(written(array.transpose()))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(transposed);
            assertThat(transposed).containsExactly(1, 3, 5, 2, 4, 6);
        }
    }

    @Test
    void piecesAreSmall() throws IOException {
        int[] largest = {0};
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.zeros(new Shape(3000, 1000));
            ByteArrayOutputStream out =
                    new ByteArrayOutputStream() {
                        @Override
                        public synchronized void write(byte[] bytes, int offset, int length) {
                            largest[0] = Math.max(largest[0], length);
                            super.write(bytes, offset, length);
                        }
                    };
            ArrayBytes.write(array, out);
            assertThat(out.size()).isEqualTo(12_000_000);
            assertThat(largest[0]).isBetween(1, 1 << 20);
        }
    }

    @Test
    void aStreamThatEndsEarlyLeavesNothingBehind() {
        try (NDManager manager = NDManager.newBaseManager()) {
            int before = ResourceCount.of(manager);
            TensorInfo tensor = ArrayBytes.describe("a", manager.zeros(new Shape(7)));
            assertThatExceptionOfType(EOFException.class)
                    .isThrownBy(() -> read(tensor, new byte[27], manager))
                    .withMessage("tensor \"a\" ends early");
            assertThat(ResourceCount.of(manager)).isEqualTo(before + 1);
        }
    }

    @Test
    void otherTypesAreRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ArrayBytes.describe("a", manager.create(new long[] {1})))
                    .withMessage(
                            "tensor \"a\" is of type int64: must be of 16, 32 or 64 bit floats");
        }
    }

    private static byte[] written(NDArray array) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ArrayBytes.write(array, out);
        return out.toByteArray();
    }

    private static NDArray read(TensorInfo tensor, byte[] bytes, NDManager manager)
            throws IOException {
        return ArrayBytes.read(tensor, new ByteArrayInputStream(bytes), manager, Device.cpu());
    }
}
