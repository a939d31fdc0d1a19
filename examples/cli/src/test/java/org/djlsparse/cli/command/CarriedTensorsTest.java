package org.djlsparse.cli.command;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Each command leaves to the byte what it does not understand, and says so. */
class CarriedTensorsTest {

    private static final String HEADER =
            """
            {"__metadata__":{"format":"pt"},
             "new":{"dtype":"F5_X","shape":[3,4],"data_offsets":[0,9]},
             "w":{"dtype":"F32","shape":[4,4],"data_offsets":[9,73]},
             "four":{"dtype":"F4","shape":[2,8],"data_offsets":[73,81]}}
            """;

    @TempDir Path folder;

    /** The numbers from 1 on. */
    private static byte[] weights() {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 1; i <= 16; i++) {
            data.putFloat(i);
        }
        return data.array();
    }

    private static byte[] safetensors(String header, byte[]... data) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        bytes.writeBytes(
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
        bytes.writeBytes(json);
        for (byte[] part : data) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    private Path writeTypes() throws IOException {
        byte[] carried = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        byte[] four = {9, 8, 7, 6, 5, 4, 3, 2};
        return Files.write(path("in.safetensors"), safetensors(HEADER, carried, weights(), four));
    }

    private Path path(String name) {
        return folder.resolve(name);
    }

    private static JsonObject header(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] json = new byte[(int) bytes.getLong()];
        bytes.get(json);
        return JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
    }

    private static Outcome run(Object... args) {
        String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        Outcome outcome = Outcome.of(texts);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        return outcome;
    }

    @Test
    void safetensorsOfTypesThatAreNotKnown() throws IOException {
        Path in = writeTypes();
        Path masked = path("masked.safetensors");
        run("mask", "--pattern", "2:4", in, masked);
        assertThat(header(masked)).isEqualTo(header(in));
        Map<String, byte[]> data = WeightFiles.read(masked);
        assertThat(data.get("new")).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(data.get("four")).containsExactly(9, 8, 7, 6, 5, 4, 3, 2);
        assertThat(data.get("w")).isNotEqualTo(weights());
        run("check", "--pattern", "2:4", masked);

        Path small = path("small.safetensors");
        assertThat(run("compress", "--pattern", "2:4", masked, small).out())
                .containsPattern("new +F5_X +\\[3, 4] +as it is +9 +9 ");
        Path again = path("again.safetensors");
        run("decompress", small, again);
        assertThat(again).hasSameBinaryContentAs(masked);

        Path index = path("x.safetensors.index.json");
        run("decompress", small, index);
        assertThat(header(path("x-00001-of-00001.safetensors"))).isEqualTo(header(in));
    }

    @Test
    void inspectSaysWhatIsCarried() throws IOException {
        Path in = writeTypes();
        assertThat(run("inspect", in).out())
                .containsPattern("new +F5_X +\\[3, 4] +9 +9 +carried as it is\n")
                .containsPattern("four +F4 +\\[2, 8] +8 +8\n");
        JsonObject json =
                JsonParser.parseString(run("inspect", "--json", in).out()).getAsJsonObject();
        JsonObject first = json.getAsJsonArray("tensors").get(0).getAsJsonObject();
        assertThat(first.get("type").getAsString()).isEqualTo("F5_X");
        assertThat(first.get("carried").getAsBoolean()).isTrue();
        assertThat(json.getAsJsonArray("warnings")).isEmpty();
    }

    @Test
    void whatIsCarriedCannotBeMasked() throws IOException {
        Path in = writeTypes();
        for (String name : new String[] {"new", "four"}) {
            Outcome outcome =
                    Outcome.of(
                            "mask",
                            "--include",
                            name,
                            in.toString(),
                            path("out.safetensors").toString());
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(outcome.err().strip()).hasLineCount(1).contains("in.safetensors");
            assertThat(path("out.safetensors")).doesNotExist();
        }
    }

    private static byte[] npy(String descr, String shape, byte... data) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String header =
                "{'descr': '%s', 'fortran_order': False, 'shape': %s}".formatted(descr, shape);
        bytes.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        bytes.writeBytes(new byte[] {(byte) header.length(), 0});
        bytes.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(data);
        return bytes.toByteArray();
    }

    @Test
    void archivesWithOtherEntries() throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("notes.txt", "what\n".getBytes(StandardCharsets.UTF_8));
        entries.put("words.npy", npy("<U1", "(2,)", new byte[8]));
        entries.put("w.npy", npy("float32", "(4, 4)", weights()));
        entries.put("things.npy", npy("|O", "(2,)", new byte[11]));
        entries.put("dir/", new byte[0]);
        Path in = path("in.npz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(in))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        Path out = path("out.npz");
        run("mask", "--pattern", "2:4", in, out);
        run("check", "--pattern", "2:4", out);
        try (ZipFile zip = new ZipFile(out.toFile())) {
            assertThat(Collections.list(zip.entries()).stream().map(ZipEntry::getName))
                    .containsExactlyElementsOf(entries.keySet());
            entries.remove("w.npy");
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry zipEntry = zip.getEntry(entry.getKey());
                assertThat(zip.getInputStream(zipEntry).readAllBytes()).isEqualTo(entry.getValue());
            }
        }
        assertThat(run("inspect", in).out())
                .containsPattern("notes.txt +file +\\[5] +5 +5 +carried as it is\n")
                .containsPattern("words +<U1 +\\[2] .* carried as it is\n")
                .containsPattern("things +\\|O +\\[2] .* carried as it is\n")
                .containsPattern("dir/ +folder +\\[0] +0 +0 +carried as it is\n")
                .containsPattern("w +F32 +\\[4, 4] +64 +64 +100.00%");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"__metadata__\":null}"})
    void aFileWithoutTensorsListsNone(String header) throws IOException {
        Path in = Files.write(path("none.safetensors"), safetensors(header));
        assertThat(run("inspect", in).out())
                .hasLineCount(2)
                .contains("weights, " + (8 + header.length()) + " bytes");
        JsonElement json = JsonParser.parseString(run("inspect", "--json", in).out());
        assertThat(json.getAsJsonObject().getAsJsonArray("tensors")).isEqualTo(new JsonArray());
        Outcome mask = Outcome.of("mask", in.toString(), path("out.safetensors").toString());
        assertThat(mask.exitCode()).isEqualTo(2);
        assertThat(mask.err().strip()).hasLineCount(1).contains(in + ": ");
    }

    @Test
    void tensorsThatTheIndexDoesNotNameAreLeftOut() throws IOException {
        Path shard = writeTypes();
        Path index =
                Files.writeString(
                        path("x.safetensors.index.json"),
                        "{\"metadata\": null, \"weight_map\": {\"w\": \"in.safetensors\"}}");
        String left =
                "warning: "
                        + index
                        + ": shard in.safetensors: left out, which the index does not name:"
                        + " \"new\", \"four\"";
        Path out = path("y.safetensors.index.json");
        assertThat(run("mask", "--pattern", "2:4", index, out).err()).contains(left);
        assertThat(header(path("y-00001-of-00001.safetensors")).keySet())
                .containsExactlyInAnyOrder("__metadata__", "w");
        assertThat(run("check", "--pattern", "2:4", out).err()).isEmpty();
        assertThat(Outcome.of("check", index.toString()).err()).contains(left);
        assertThat(run("inspect", index).err()).contains(left);
        assertThat(run("inspect", "--json", index).out()).contains("left out, which");
        assertThat(run("compress", index, path("c.safetensors")).err()).contains(left);
        assertThat(shard).exists();

        run("mask", "--pattern", "2:4", index, index);
        assertThat(shard).doesNotExist();
        run("check", "--pattern", "2:4", index);
    }
}
