package org.djlsparse.examples;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a TorchScript module as {@code torch.jit.save} does, without Python: two linear layers
 * with a ReLU between them.
 */
final class TorchScriptFile {

    private static final String CODE =
            """
            class Linear(Module):
              __parameters__ = ["weight", "bias", ]
              __buffers__ = []
              weight : Tensor
              bias : Tensor
              training : bool
              def forward(self: __torch__.Linear, input: Tensor) -> Tensor:
                return torch.linear(input, self.weight, self.bias)
            class Net(Module):
              __parameters__ = []
              __buffers__ = []
              fc1 : __torch__.Linear
              fc2 : __torch__.Linear
              training : bool
              def forward(self: __torch__.Net, input: Tensor) -> Tensor:
                hidden = torch.relu((self.fc1).forward(input, ))
                return (self.fc2).forward(hidden, )
            """;

    private final Random random = new Random(1);
    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    private final List<byte[]> storages = new ArrayList<>();

    private TorchScriptFile() {}

    /** Writes a module with random weights. */
    static void write(Path path, int inputs, int hidden, int outputs) throws IOException {
        TorchScriptFile file = new TorchScriptFile();
        file.bytes(0x80, 2).global("__torch__", "Net").bytes(')', 0x81, '}', '(');
        file.text("fc1").linear(inputs, hidden);
        file.text("fc2").linear(hidden, outputs);
        file.text("training").bytes(0x89, 'u', 'b', '.');
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
            store(zip, "data.pkl", file.pickle.toByteArray());
            for (int i = 0; i < file.storages.size(); i++) {
                store(zip, "data/" + i, file.storages.get(i));
            }
            store(zip, "code/__torch__.py", CODE.getBytes(StandardCharsets.UTF_8));
            store(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            store(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void linear(int inputs, int outputs) {
        global("__torch__", "Linear").bytes(')', 0x81, '}', '(');
        text("weight").tensor(inputs, outputs, inputs);
        text("bias").tensor(inputs, outputs);
        text("training").bytes(0x89, 'u', 'b');
    }

    /** Writes a parameter as PyTorch initializes it: uniform up to one over the inputs' root. */
    private void tensor(int inputs, int... shape) {
        int size = 1;
        for (int dimension : shape) {
            size *= dimension;
        }
        ByteBuffer storage = ByteBuffer.allocate(4 * size).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
            storage.putFloat((float) ((2 * random.nextDouble() - 1) / Math.sqrt(inputs)));
        }
        global("torch._utils", "_rebuild_tensor_v2").bytes('(');
        bytes('(').text("storage").global("torch", "FloatStorage");
        text(String.valueOf(storages.size())).text("cpu").number(size).bytes('t', 'Q');
        number(0).bytes('(');
        for (int dimension : shape) {
            number(dimension);
        }
        bytes('t', '(');
        int stride = size;
        for (int dimension : shape) {
            stride /= dimension;
            number(stride);
        }
        bytes('t', 0x88).global("collections", "OrderedDict").bytes(')', 'R', 't', 'R');
        storages.add(storage.array());
    }

    // Python's pickle, protocol 2.

    private TorchScriptFile bytes(int... bytes) {
        for (int value : bytes) {
            pickle.write(value);
        }
        return this;
    }

    private TorchScriptFile global(String module, String name) {
        pickle.write('c');
        pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    private TorchScriptFile text(String text) {
        bytes('X', text.length(), 0, 0, 0);
        pickle.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    private TorchScriptFile number(int number) {
        return bytes('J', number & 255, number >> 8 & 255, number >> 16 & 255, number >> 24 & 255);
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry("net/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
