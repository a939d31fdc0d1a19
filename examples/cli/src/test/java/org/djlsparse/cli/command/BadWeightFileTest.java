package org.djlsparse.cli.command;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Wrong input to mask and check: one line, exit code 2, and no file is touched. */
class BadWeightFileTest {

    @TempDir Path folder;

    private Path in;
    private Path out;

    @BeforeEach
    void writeFiles() throws IOException {
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        TensorInfo weight = TensorInfo.of("w", ElementType.F32, 8, 8);
        tensors.put(weight, WeightFiles.gaussian(weight, 1));
        TensorInfo conv = TensorInfo.of("conv", ElementType.F64, 6, 4, 3);
        tensors.put(conv, WeightFiles.gaussian(conv, 2));
        TensorInfo bias = TensorInfo.of("bias", ElementType.F32, 8);
        tensors.put(bias, WeightFiles.gaussian(bias, 3));
        in = WeightFiles.write(folder.resolve("in.safetensors"), tensors);
        out = Files.writeString(folder.resolve("out.safetensors"), "old");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--pattern | 5:4 | N must be from 1 to M = 4",
                "--solver | best | must be one of auto, enumeration, exact, flow, swap, entropic",
                "--solver | unstructured | its masks are not transposable; --mask row",
                "--mask | none | --mask none: must be transposable or row",
                "--mask | column | 'column' must be one of",
                "--include | ( | '(' must be a regular expression",
                "--exclude | [a | '[a' must be a regular expression",
                "--include | v | --include v: matches no tensor of ",
                "--include | W | --include W: matches no tensor of ",
                "--include | bias | in.safetensors can carry no mask: 1 dimension, not [out, in]",
                "--exclude | .* | in.safetensors: all tensors are left out; the first, \"w\":",
                "--masks-output | m.txt | must end in .safetensors, .safetensors.index.json, .npz"
                        + " or .npy",
                "--colour | red | Unknown option",
            })
    void refusesAnOption(String option, String value, String message) throws IOException {
        assertRefused(message, option, value);
    }

    @Test
    void refusesASolverThatDoesNotFit() throws IOException {
        assertRefused(
                "--solver enumeration: does not support --pattern 4:8",
                "--solver",
                "enumeration",
                "--pattern",
                "4:8");
        assertRefused(
                "--solver exact: finds transposable masks, not those of --mask row",
                "--mask",
                "row",
                "--solver",
                "exact");
    }

    @Test
    void refusesMasksThatItCannotWrite() throws IOException {
        assertRefused("2 tensors: must be 1 for .npy", "--masks-output", path("masks.npy"));
        assertRefused(
                "must be neither the input nor the output",
                "--masks-output",
                path("x/../in.safetensors"));
        assertRefused(
                "must be neither the input nor the output",
                "--masks-output",
                path("out.safetensors"));
        assertRefused("its folder does not exist", "--masks-output", path("no/masks.npz"));
        assertRefused(
                "is a folder",
                "--masks-output",
                Files.createDirectory(folder.resolve("d.npz")).toString());
    }

    @Test
    void refusesFilesThatAreNotThere() throws IOException {
        Path none = folder.resolve("none.safetensors");
        assertRefused(Outcome.of("mask", none.toString(), out.toString()), none + ": no such file");
        assertRefused(Outcome.of("check", none.toString()), none + ": no such file");
        assertRefused(
                Outcome.of("mask", in.toString(), path("no/out.safetensors")),
                "its folder does not exist");
        assertRefused(Outcome.of("mask", in.toString()), "Missing required parameter: 'OUT'");
        assertRefused(Outcome.of("check"), "Missing required parameter: 'IN'");
    }

    @Test
    void refusesAnotherFormat() throws IOException {
        assertRefused(
                Outcome.of("mask", in.toString(), path("out.npz")),
                "must end in .safetensors as " + in + " does");
    }

    @Test
    void refusesADamagedFile() throws IOException {
        byte[] bytes = Files.readAllBytes(in);
        Files.write(in, Arrays.copyOf(bytes, bytes.length - 1));
        assertRefused("tensor \"bias\": data_offsets [832, 864] lie past the end");
        assertRefused(Outcome.of("check", in.toString()), "tensor \"bias\": data_offsets");
    }

    @ParameterizedTest
    @CsvSource({
        "NaN, 0, 'row 0, column 0, tap 0 is NaN'",
        "Infinity, 22, 'row 1, column 3, tap 1 is Infinity'",
        "-Infinity, 35, 'row 2, column 3, tap 2 is -Infinity'",
    })
    void refusesWeightsThatAreNotFinite(double value, int place, String message)
            throws IOException {
        byte[] bytes = Files.readAllBytes(in);
        int start = bytes.length - 32 - 72 * 8;
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putDouble(start + 8 * place, value);
        Files.write(in, bytes);
        assertRefused(
                in + ": tensor \"conv\": weight at " + message + ": must be finite",
                "--masks-output",
                path("masks.npz"));
    }

    /** Files of zeros that take no space. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1000000000 | rows of 1000000000 entries: must be at most 2147483639 bytes",
                "250000000 | rows of 250000000 entries: must be at most what fits into Java's",
            })
    void refusesRowsThatAreTooWide(long columns, String message) throws IOException {
        String header =
                "{\"w\":{\"dtype\":\"F16\",\"shape\":[4,%d],\"data_offsets\":[0,%d]}}"
                        .formatted(columns, 8 * columns);
        ByteBuffer start = ByteBuffer.wrap(new byte[8 + header.length()]);
        start.order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length())
                .put(header.getBytes(StandardCharsets.UTF_8));
        Files.write(in, start.array());
        try (RandomAccessFile file = new RandomAccessFile(in.toFile(), "rw")) {
            file.setLength(start.capacity() + 8 * columns);
        }
        assertRefused(message);
    }

    @Test
    void aNameStaysOnOneLine() throws IOException {
        TensorInfo tensor = TensorInfo.of("a\nb\u001b[0m", ElementType.F32, 4, 4);
        byte[] bytes = new byte[64];
        bytes[2] = (byte) 0xc0; // with the next, a NaN
        bytes[3] = 0x7f;
        WeightFiles.write(in, Map.of(tensor, bytes));
        assertRefused("a\\u000ab\\u001b[0m");
        assertThat(Outcome.of("check", in.toString()).out().strip()).hasLineCount(1);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private void assertRefused(String message, String... options) throws IOException {
        List<String> args = new ArrayList<>(List.of("mask"));
        args.addAll(List.of(options));
        args.addAll(List.of(in.toString(), out.toString()));
        assertRefused(Outcome.of(args.toArray(new String[0])), message);
    }

    private void assertRefused(Outcome outcome, String message) throws IOException {
        assertThat(outcome.err().strip()).hasLineCount(1).contains(message);
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(out).hasContent("old");
        try (var files = Files.list(folder)) {
            assertThat(files.filter(Files::isRegularFile)).containsExactlyInAnyOrder(in, out);
        }
    }
}
