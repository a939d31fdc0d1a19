package org.djlsparse.spark;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class ChunkedBytesTest {

    @Test
    void bytesComeBackInOrder() throws IOException {
        byte[] bytes = new byte[(1 << 25) + 7]; // two chunks and some more
        new Random(1).nextBytes(bytes);
        ChunkedBytes chunks = new ChunkedBytes();
        try (OutputStream out = chunks.newOutput()) {
            out.write(bytes[0]);
            out.write(bytes, 1, 1000);
            out.write(bytes, 1001, bytes.length - 1001);
        }
        assertThat(Arrays.equals(chunks.newInput().readAllBytes(), bytes)).isTrue();
    }

    @Test
    void noBytesAreAnEmptyStream() throws IOException {
        assertThat(new ChunkedBytes().newInput().readAllBytes()).isEmpty();
    }
}
