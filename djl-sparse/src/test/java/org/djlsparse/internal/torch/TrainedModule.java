package org.djlsparse.internal.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module with weights, in the format of {@code torch.jit.save}, because no Python is
 * available: a model that was trained elsewhere.
 */
public final class TrainedModule {

    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    private final Map<String, float[]> values = new LinkedHashMap<>();

    /** Adds a parameter. */
    public TrainedModule add(String name, float[] value, long... shape) {
        shapes.put(name, shape);
        values.put(name, value);
        return this;
    }

    /** Writes the file. The body is that of {@code forward(self, x)}, indented by four. */
    public void write(Path file, String body) throws IOException {
        StringBuilder code = new StringBuilder("class Net(Module):\n");
        code.append("  __parameters__ = [")
                .append(
                        shapes.keySet().stream()
                                .map(name -> '"' + name + '"')
                                .collect(Collectors.joining(", ")))
                .append("]\n  __buffers__ = []\n");
        shapes.keySet().forEach(name -> code.append("  ").append(name).append(" : Tensor\n"));
        code.append("  training : bool\n");
        code.append("  def forward(self: __torch__.Net, x: Tensor) -> Tensor:\n").append(body);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            store(zip, "data.pkl", pickle());
            int number = 0;
            for (float[] value : values.values()) {
                ByteBuffer bytes =
                        ByteBuffer.allocate(value.length * Float.BYTES)
                                .order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(value);
                store(zip, "data/" + number++, bytes.array());
            }
            store(zip, "code/__torch__.py", code.toString().getBytes(StandardCharsets.UTF_8));
            store(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            store(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
        }
    }

    private byte[] pickle() {
        Pickle pickle = new Pickle();
        pickle.bytes(0x80, 2).global("__torch__", "Net").bytes(')', 0x81, '}', '(');
        int number = 0;
        for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
            long[] shape = entry.getValue();
            pickle.text(entry.getKey());
            pickle.global("torch._utils", "_rebuild_tensor_v2").bytes('(');
            pickle.bytes('(').text("storage").global("torch", "FloatStorage");
            pickle.text(String.valueOf(number++)).text("cpu");
            long size = 1;
            for (long dimension : shape) {
                size *= dimension;
            }
            pickle.number(size).bytes('t', 'Q'); // the storage, identified by its file
            pickle.number(0).bytes('(');
            for (long dimension : shape) {
                pickle.number(dimension);
            }
            pickle.bytes('t', '(');
            long stride = size;
            for (long dimension : shape) {
                stride /= dimension;
                pickle.number(stride);
            }
            pickle.bytes('t', 0x88); // requires a gradient
            pickle.global("collections", "OrderedDict").bytes(')', 'R', 't', 'R');
        }
        return pickle.text("training").bytes(0x89, 'u', 'b', '.').out.toByteArray();
    }

    /** A writer of Python's pickle format, protocol 2. */
    private static final class Pickle {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Pickle bytes(int... bytes) {
            for (int value : bytes) {
                out.write(value);
            }
            return this;
        }

        Pickle global(String module, String name) {
            out.write('c');
            out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
            return this;
        }

        Pickle text(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            bytes('X', bytes.length, 0, 0, 0);
            out.writeBytes(bytes);
            return this;
        }

        Pickle number(long number) {
            return bytes(
                    'J',
                    (int) number & 255,
                    (int) (number >> 8) & 255,
                    (int) (number >> 16) & 255,
                    (int) (number >> 24) & 255);
        }
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry("net/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
