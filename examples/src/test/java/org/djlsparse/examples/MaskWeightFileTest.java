package org.djlsparse.examples;

import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

class MaskWeightFileTest {

    private static final Path FOLDER = Path.of("target", "mask-weight-file");

    @Test
    void filesAreMaskedAndCompressed() throws Exception {
        ProgramOutput output = ProgramOutput.of(MaskWeightFile::main);

        assertThat(output.text()).contains("same output from sparse and small: true");
        output.checkPage(MaskWeightFile.class);
        Map<String, float[]> dense = read("dense");
        Map<String, float[]> sparse = read("sparse");
        assertThat(sparse).containsOnlyKeys(dense.keySet());
        sparse.forEach((name, values) -> checkKept(name, values, dense));
        SparseWeights.check(
                "01Linear_weight",
                value(sparse, "01Linear_weight"),
                new long[] {512, 256},
                NmPattern.of(2, 4));
        SparseWeights.check(
                "03Linear_weight",
                value(sparse, "03Linear_weight"),
                new long[] {100, 512},
                NmPattern.of(2, 4));
        Map<String, float[]> small = read("small");
        assertThat(small).containsOnlyKeys(dense.keySet());
        sparse.forEach((name, values) -> assertThat(value(small, name)).isEqualTo(values));
        assertThat((double) size("small") / size("dense")).isBetween(0.5, 0.56);
        assertThat(output.number("small.safetensors")).isEqualTo((double) size("small"));
    }

    private static void checkKept(String name, float[] values, Map<String, float[]> dense) {
        float[] before = value(dense, name);
        assertThat(values).hasSameSizeAs(before);
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i] == 0 || values[i] == before[i]).as(name).isTrue();
        }
    }

    private static float[] value(Map<String, float[]> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name));
    }

    private static long size(String name) throws IOException {
        return Files.size(FOLDER.resolve(name + ".safetensors"));
    }

    private static Map<String, float[]> read(String name) throws IOException {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        try (WeightFile file = WeightFile.open(FOLDER.resolve(name + ".safetensors"))) {
            for (TensorInfo tensor : file.getTensors()) {
                try (InputStream in = file.newInputStream(tensor)) {
                    float[] values = new float[(int) tensor.getCount()];
                    ByteBuffer.wrap(in.readAllBytes())
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .asFloatBuffer()
                            .get(values);
                    tensors.put(tensor.name(), values);
                }
            }
        }
        return tensors;
    }
}
