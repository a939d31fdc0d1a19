package org.djlsparse.cli.command;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.djlsparse.io.ElementType;
import org.djlsparse.io.TensorInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class CheckCommandTest {

    @TempDir Path folder;

    @Test
    void exitsWith0IfAllIsValid() throws IOException {
        Path file = write(8, 8, 0, 1, 10, 11, 18, 19);
        Outcome outcome = Outcome.of("check", file.toString());
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).isEqualToIgnoringNewLines("w  both ways");
        JsonObject root = json(0, file);
        assertThat(root.keySet()).containsExactly("pattern", "tensors", "left_out");
        assertThat(root.get("pattern").getAsString()).isEqualTo("2:4");
        JsonObject tensor = root.getAsJsonArray("tensors").get(0).getAsJsonObject();
        assertThat(tensor.keySet()).containsExactly("name", "rows", "columns", "first_violation");
        assertThat(tensor.get("first_violation").isJsonNull()).isTrue();
    }

    @Test
    void alongRowsIsEnoughIfAsked() throws IOException {
        Path rowWise = write(8, 8, 0, 1, 8, 9, 16, 17);
        assertThat(Outcome.of("check", rowWise.toString()).exitCode()).isEqualTo(1);
        assertThat(Outcome.of("check", "--mask", "row", rowWise.toString()).exitCode()).isZero();
        Path neither = write(8, 8, 0, 1, 2);
        assertThat(Outcome.of("check", "--mask", "row", neither.toString()).exitCode())
                .isEqualTo(1);
        Outcome none = Outcome.of("check", "--mask", "none", rowWise.toString());
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("--mask none: must be transposable or row");
    }

    /** Kept entries of an 8 x 8 weight, as row * 8 + column. */
    @ParameterizedTest
    @CsvSource({
        "36 37 38, false, true, row, 1, 1, 4, 4, 3",
        "12 20 28, true, false, column, 0, 1, 0, 4, 3",
        // The same tile: rows first, though the column's group begins higher.
        "13 14 15 21 29, false, false, row, 0, 1, 1, 4, 3",
        "24 25 26 27 0 8, false, false, row, 0, 0, 3, 0, 4",
        // A column in an earlier tile.
        "1 9 17 28 29 30, false, false, column, 0, 0, 0, 1, 3",
        // Rows of two tiles: the lower one is further left.
        "12 13 14 24 25 26, false, true, row, 0, 0, 3, 0, 3",
    })
    void namesTheFirstViolation(
            String kept,
            boolean rows,
            boolean columns,
            String direction,
            int tileRow,
            int tileColumn,
            int row,
            int column,
            int count)
            throws IOException {
        int[] places = Arrays.stream(kept.split(" ")).mapToInt(Integer::parseInt).toArray();
        Path file = write(8, 8, places);
        JsonObject tensor = json(1, file).getAsJsonArray("tensors").get(0).getAsJsonObject();
        assertThat(tensor.get("rows").getAsBoolean()).isEqualTo(rows);
        assertThat(tensor.get("columns").getAsBoolean()).isEqualTo(columns);
        assertThat(tensor.get("first_violation"))
                .isEqualTo(violation(direction, 0, tileRow, tileColumn, row, column, count));
        Outcome text = Outcome.of("check", file.toString());
        assertThat(text.exitCode()).isEqualTo(1);
        assertThat(text.out())
                .contains(
                        "first: the %s group at row %d, column %d keeps %d, must keep at most 2"
                                .formatted(direction, row, column, count));
    }

    @Test
    void tapsComeBeforeBands() throws IOException {
        // Two bands of 1 << 21 rows; tap 1 is broken in the first, tap 0 in the second.
        int rows = (1 << 21) + 8;
        float[] values = new float[rows * 2];
        for (int row = 0; row < 3; row++) {
            values[2 * row + 1] = Float.NaN;
            values[2 * (rows - 4 + row)] = Float.MIN_VALUE;
        }
        Path file =
                WeightFiles.writeFloats(
                        folder.resolve("w.npz"), new long[] {rows, 1, 1, 2}, values);
        JsonObject tensor =
                json(1, file, "--include", "w").getAsJsonArray("tensors").get(0).getAsJsonObject();
        assertThat(tensor.get("first_violation"))
                .isEqualTo(violation("column", 0, (rows - 4) / 4, 0, rows - 4, 0, 3));
    }

    @Test
    void checksEachValueButZero() throws IOException {
        // Tiny beside the others, and a negative zero.
        double[] row = {Double.MAX_VALUE, Double.MIN_VALUE, -0.0, 0};
        TensorInfo tensor = TensorInfo.of("w", ElementType.F64, 1, 4);
        TensorInfo vector = TensorInfo.of("b", ElementType.F64, 4);
        ByteBuffer buffer = ByteBuffer.wrap(new byte[32]).order(tensor.byteOrder());
        buffer.asDoubleBuffer().put(row);
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        tensors.put(tensor, buffer.array());
        tensors.put(vector, new byte[32]);
        Path file = WeightFiles.write(folder.resolve("w.safetensors"), tensors);

        String[] include = {"check", file.toString(), "--include", "w", "--pattern", "2:4"};
        assertThat(Outcome.of(include).exitCode()).isZero();
        include[5] = "1:4";
        assertThat(Outcome.of(include).exitCode()).isEqualTo(1);
        assertThat(Outcome.of("check", "--exclude", "w", file.toString()))
                .satisfies(
                        outcome -> {
                            assertThat(outcome.exitCode()).isEqualTo(2);
                            assertThat(outcome.err())
                                    .contains(
                                            file
                                                    + ": all tensors are left out; the first,"
                                                    + " \"w\": excluded by \"w\"");
                        });
    }

    private Path write(int rows, int columns, int... kept) throws IOException {
        float[] values = new float[rows * columns];
        for (int place : kept) {
            values[place] = -1;
        }
        return WeightFiles.writeFloats(
                folder.resolve("w.safetensors"), new long[] {rows, columns}, values);
    }

    private static JsonObject violation(
            String direction, int tap, int tileRow, int tileColumn, int row, int column, int kept) {
        return JsonParser.parseString(
                        """
                        {"direction": "%s", "tap": %d, "tile_row": %d, "tile_column": %d,
                         "row": %d, "column": %d, "kept": %d}
                        """
                                .formatted(direction, tap, tileRow, tileColumn, row, column, kept))
                .getAsJsonObject();
    }

    private static JsonObject json(int exitCode, Path file, String... options) {
        Outcome outcome =
                Outcome.of(
                        Stream.concat(
                                        Stream.of("check", "--json", file.toString()),
                                        Stream.of(options))
                                .toArray(String[]::new));
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exitCode()).isEqualTo(exitCode);
        assertThat(outcome.out().strip()).hasLineCount(1);
        return JsonParser.parseString(outcome.out()).getAsJsonObject();
    }
}
