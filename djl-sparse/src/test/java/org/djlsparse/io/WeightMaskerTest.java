package org.djlsparse.io;

import org.djlsparse.io.CheckedTensor.Violation;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskChecker.Direction;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

/** Masking and checking whole files. */
class WeightMaskerTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);
    private static final Map<String, String> METADATA = Map.of("format", "pt");

    private final Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();

    @TempDir private Path folder;

    @BeforeEach
    void draw() {
        Random random = new Random(1);
        for (TensorInfo tensor :
                List.of(
                        TensorInfo.of("linear.weight", ElementType.F32, 10, 13),
                        TensorInfo.of("linear.bias", ElementType.F32, 10),
                        TensorInfo.of("embed.weight", ElementType.F32, 8, 8),
                        TensorInfo.of("conv.weight", ElementType.F32, 8, 6, 3, 3),
                        TensorInfo.of("steps", ElementType.I64))) {
            byte[] bytes = new byte[(int) tensor.getByteCount()];
            ByteBuffer values = ByteBuffer.wrap(bytes).order(tensor.byteOrder());
            while (values.hasRemaining()) {
                values.putFloat((float) random.nextGaussian());
            }
            tensors.put(tensor, bytes);
        }
    }

    private Path write(String name) throws IOException {
        return SparseTensors.write(folder.resolve(name), METADATA, tensors);
    }

    private TensorInfo tensor(String name) {
        return tensors.keySet().stream().filter(t -> t.name().equals(name)).findFirst().get();
    }

    private byte[] data(String name) {
        return Objects.requireNonNull(tensors.get(tensor(name)));
    }

    private void put(String name, int index, float value) {
        ByteBuffer.wrap(data(name)).order(tensor(name).byteOrder()).putFloat(4 * index, value);
    }

    private static WeightMasker.Builder masker() {
        return WeightMasker.builder().setPattern(PATTERN);
    }

    private static WeightChecker.Builder checker() {
        return WeightChecker.builder().setPattern(PATTERN);
    }

    private static Mask solve(TensorInfo tensor, byte[] bytes, MaskSolver solver) {
        float[] weights = new float[(int) tensor.getCount()];
        ByteBuffer.wrap(bytes).order(tensor.byteOrder()).asFloatBuffer().get(weights);
        return solver.solve(weights, WeightShape.of(tensor.shape()), PATTERN);
    }

    private static byte[] masked(TensorInfo tensor, byte[] bytes, MaskSolver solver) {
        boolean[] keep = solve(tensor, bytes, solver).toBooleanArray();
        ByteBuffer expected = ByteBuffer.wrap(bytes.clone()).order(tensor.byteOrder());
        for (int i = 0; i < keep.length; i++) {
            if (!keep[i]) {
                expected.putFloat(4 * i, 0);
            }
        }
        return expected.array();
    }

    private Map<String, byte[]> maskedBy(MaskSolver solver) {
        Map<String, byte[]> expected = new LinkedHashMap<>();
        tensors.forEach(
                (tensor, bytes) ->
                        expected.put(
                                SparseTensors.describe(tensor),
                                List.of("linear.weight", "conv.weight").contains(tensor.name())
                                        ? masked(tensor, bytes, solver)
                                        : bytes));
        return expected;
    }

    private static void assertSame(Map<String, byte[]> actual, Map<String, byte[]> expected) {
        assertThat(actual.keySet()).containsExactlyElementsOf(expected.keySet());
        expected.forEach((name, bytes) -> assertThat(actual.get(name)).as(name).isEqualTo(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"safetensors", "npz"})
    void masksEachTensorAsTheSolverDoesAndCarriesTheOthers(String extension) throws IOException {
        Path in = write("in." + extension);
        Path out = folder.resolve("out." + extension);

        MaskingReport report = masker().build().mask(in, out);

        assertSame(SparseTensors.read(out), maskedBy(MaskSolver.auto()));
        try (WeightFile file = WeightFile.open(out)) {
            assertThat(file.getMetadata()).isEqualTo(extension.equals("npz") ? Map.of() : METADATA);
        }
        assertThat(report.pattern()).isEqualTo(PATTERN);
        assertThat(report.isTransposable()).isTrue();
        assertThat(report.tensors())
                .extracting(MaskedTensor::tensor, MaskedTensor::solver)
                .containsExactly(
                        tuple(tensor("linear.weight"), "enumeration"),
                        tuple(tensor("conv.weight"), "enumeration"));
        assertThat(report.leftOut())
                .extracting(left -> left.tensor().name() + ": " + left.reason())
                .containsExactly(
                        "linear.bias: 1 dimension, not [out, in] or [out, in, k1, ...]",
                        "embed.weight: embedding, by its name",
                        "steps: data type I64, which is not in [F64, F32, F16, BF16]");
        assertThat(report.warnings()).isEmpty();
        CheckReport checked = checker().build().check(out);
        assertThat(checked.isTransposable()).isTrue();
        assertThat(checked.tensors()).hasSize(2);
        assertThat(checked.leftOut()).isEqualTo(report.leftOut());
        assertThat(checker().build().check(in).isTransposable()).isFalse();
    }

    @Test
    void writesTheMasksToo() throws IOException {
        Path in = write("in.safetensors");
        Path masks = folder.resolve("masks.npz");
        try (WeightFile file = WeightFile.open(in)) {
            masker().build().mask(file, folder.resolve("out.safetensors"), masks);
        }
        Map<String, byte[]> expected = new LinkedHashMap<>();
        for (String name : List.of("linear.weight", "conv.weight")) {
            TensorInfo tensor = tensor(name);
            expected.put(
                    SparseTensors.describe(TensorInfo.of(name, ElementType.BOOL, tensor.shape())),
                    MaskFile.bytes(solve(tensor, data(name), MaskSolver.auto())));
        }
        assertSame(SparseTensors.read(masks), expected);
    }

    @Test
    void aSolverMayMaskRowsOnly() throws IOException {
        Path out = folder.resolve("out.safetensors");
        MaskingReport report =
                masker().optSolver(MaskSolver.rowWise()).build().mask(write("in.npz"), out);
        assertSame(SparseTensors.read(out), maskedBy(MaskSolver.rowWise()));
        assertThat(report.isValidAlongRows()).isTrue();
        assertThat(report.isTransposable()).isFalse();
        CheckReport checked = checker().build().check(out);
        assertThat(checked.isValidAlongRows()).isTrue();
        assertThat(checked.isTransposable()).isFalse();
    }

    @Test
    void theOutputMayBeTheInput() throws IOException {
        Path in = write("in.safetensors");
        masker().build().mask(in, in);
        assertSame(SparseTensors.read(in), maskedBy(MaskSolver.auto()));
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(in);
        }
    }

    @Test
    void masksMayNotReplaceInputOrOutput() throws IOException {
        Path in = write("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        byte[] before = Files.readAllBytes(in);
        try (WeightFile file = WeightFile.open(in)) {
            for (Path masks : List.of(folder.resolve("x/../in.safetensors"), out)) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> masker().build().mask(file, out, masks))
                        .withMessage(
                                "masks " + masks + ": must be neither the input nor the output");
            }
        }
        assertThat(in).hasBinaryContent(before);
        assertThat(out).doesNotExist();
    }

    @Test
    void nothingIsHalfWrittenOnAnError() throws IOException {
        put("conv.weight", 9 * (6 * 5 + 2) + 4, Float.NaN);
        Path in = write("in.safetensors");
        Path out = Files.writeString(folder.resolve("out.safetensors"), "old");
        Path masks = folder.resolve("masks.npz");
        try (WeightFile file = WeightFile.open(in)) {
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> masker().build().mask(file, out, masks))
                    .withMessage(
                            in
                                    + ": tensor \"conv.weight\": weight at row 5, column 2, tap 4"
                                    + " is NaN: must be finite");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> masker().build().mask(file, out, folder.resolve("m.npy")))
                    .withMessage(
                            "masks " + folder.resolve("m.npy") + ": 2 tensors: must be 1 for .npy");
        }
        assertThat(out).hasContent("old");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(in, out);
        }
    }

    @Test
    void namesTheBrokenGroup() throws IOException {
        Path in = write("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        masker().build().mask(in, out);
        try (WeightFile file = WeightFile.open(out)) {
            for (TensorInfo tensor : file.getTensors()) {
                tensors.put(tensor, SparseTensors.read(file, tensor));
            }
        }
        for (int column = 4; column < 8; column++) {
            put("linear.weight", 13 * 6 + column, column < 7 ? -1 : -0f);
        }
        write("out.safetensors");

        CheckReport report = checker().build().check(out);

        assertThat(report.isValidAlongRows()).isFalse();
        CheckedTensor linear = report.tensors().get(0);
        assertThat(linear.tensor()).isEqualTo(tensor("linear.weight"));
        assertThat(linear.firstViolation())
                .isEqualTo(new Violation(Direction.ROW, 0, 1, 1, 6, 4, 3));
        assertThat(report.tensors().get(1).isTransposable()).isTrue();
    }

    @Test
    void takesWhatIsIncluded() throws IOException {
        Path in = write("in.safetensors");
        TensorSelector selector =
                TensorSelector.builder().addInclude(".*weight").addExclude("conv.*").build();
        MaskingReport report =
                masker().optTensors(selector).build().mask(in, folder.resolve("out.safetensors"));
        assertThat(report.tensors())
                .extracting(masked -> masked.tensor().name())
                .containsExactly("linear.weight", "embed.weight");
        assertThat(report.leftOut())
                .extracting(LeftOutTensor::reason)
                .containsExactly(
                        "not among the tensors included",
                        "excluded by \"conv.*\"",
                        "not among the tensors included");
        CheckReport checked =
                checker()
                        .optTensors(TensorSelector.matching("embed.*"))
                        .build()
                        .check(folder.resolve("out.safetensors"));
        assertThat(checked.tensors()).hasSize(1);
        assertThat(checked.isTransposable()).isTrue();
    }

    @Test
    void refusesIncludesThatMatchNoWeight() throws IOException {
        Path in = write("in.safetensors");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> check(in, TensorSelector.matching("linear")))
                .withMessage("include \"linear\": matches no tensor of " + in);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> check(in, TensorSelector.matching("steps|.*bias")))
                .withMessageStartingWith(
                        "include \"steps|.*bias\": tensor \"linear.bias\" of "
                                + in
                                + " can carry no mask: 1 dimension");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TensorSelector.builder().addExclude("["))
                .withMessage("exclude \"[\": not a regular expression");
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> check(in, TensorSelector.builder().addExclude(".*").build()))
                .withMessage(
                        in
                                + ": all tensors are left out; the first, \"linear.weight\":"
                                + " excluded by \".*\". Include by name a tensor that can carry a"
                                + " mask");
    }

    private static CheckReport check(Path in, TensorSelector selector) throws IOException {
        return checker().optTensors(selector).build().check(in);
    }

    @Test
    void refusesWrongSettings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightMasker.builder().build())
                .withMessageStartingWith("pattern: must be set");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WeightChecker.builder().build())
                .withMessageStartingWith("pattern: must be set");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                WeightMasker.builder()
                                        .setPattern(NmPattern.of(4, 8))
                                        .optSolver(MaskSolver.enumeration())
                                        .build())
                .withMessage("solver \"enumeration\" does not support pattern 4:8");
    }

    @Test
    void probesOnlyWhatItCan() throws IOException {
        try (WeightFile file = WeightFile.open(write("in.safetensors"))) {
            List<NmPattern> patterns = List.of(NmPattern.of(2, 4), NmPattern.of(3, 6));
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    PatternProbe.probe(
                                            file, tensor("linear.bias"), patterns.subList(0, 1)))
                    .withMessageContaining("must be floating or boolean");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PatternProbe.probe(file, tensor("linear.weight"), patterns))
                    .withMessage("pattern 2:4: M must divide the largest M, 6");
        }
    }
}
