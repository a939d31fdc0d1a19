package org.djlsparse.torch;

import org.djlsparse.internal.torch.ScriptSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module without weights, created from its source without Python, in the format of
 * {@code torch.jit.save}.
 *
 * <p>The source contains one class in the form in which PyTorch stores it, with {@code
 * __parameters__}, {@code __buffers__} and {@code training} before the methods. The archive is a
 * zip file of uncompressed entries: a pickle that creates one object of the class, the source, no
 * constants, and the version of the operators, 10, which PyTorch 2.0 to 2.7 write.
 */
public final class TorchArchive {

    private static final Pattern CLASS = Pattern.compile("(?m)^class (\\w+)\\(Module\\):");

    /** A fixed time, so that equal sources give equal bytes; the earliest of the zip format. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final String className;
    private final byte[] bytes;

    private TorchArchive(String className, byte[] bytes) {
        this.className = className;
        this.bytes = bytes;
    }

    /**
     * Creates an archive.
     *
     * @param source the source of one class that extends {@code Module}
     * @return the archive
     * @throws IllegalArgumentException if the source does not contain exactly one such class
     */
    public static TorchArchive of(String source) {
        Matcher matcher = CLASS.matcher(source);
        if (!matcher.find()) {
            throw new IllegalArgumentException(
                    "TorchScript source: must have a line \"class NAME(Module):\"");
        }
        String className = matcher.group(1);
        if (matcher.find()) {
            throw new IllegalArgumentException(
                    "TorchScript source: has the classes "
                            + className
                            + " and "
                            + matcher.group(1)
                            + ", must have one");
        }
        try {
            return new TorchArchive(className, zip(className, source));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // in memory: does not happen
        }
    }

    /**
     * Creates an archive from a resource.
     *
     * @param owner a class in the package of the resource
     * @param name the resource's name
     * @return the archive
     * @throws IllegalArgumentException if there is no such resource, or it does not contain exactly
     *     one class
     */
    public static TorchArchive ofResource(Class<?> owner, String name) {
        return of(ScriptSource.read(owner, name));
    }

    /**
     * Returns the name of the class.
     *
     * @return the name
     */
    public String getClassName() {
        return className;
    }

    /**
     * Returns the archive's content.
     *
     * @return a copy of the bytes
     */
    public byte[] toBytes() {
        return bytes.clone();
    }

    /**
     * Writes the archive to a file, which {@code torch.jit.load} reads.
     *
     * @param file the file; replaced if it exists
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        Files.write(file, bytes);
    }

    private static byte[] zip(String className, String source) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, className, "data.pkl", pickle(className));
            store(zip, className, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            store(zip, className, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            store(zip, className, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
        }
        return bytes.toByteArray();
    }

    /** Returns Python's pickle, protocol 2, of an object whose attribute "training" is False. */
    private static byte[] pickle(String className) throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(new byte[] {(byte) 0x80, 2, 'c'});
        pickle.write(("__torch__\n" + className + "\n").getBytes(StandardCharsets.US_ASCII));
        byte[] attribute = "training".getBytes(StandardCharsets.US_ASCII);
        pickle.write(
                new byte[] {')', (byte) 0x81, '}', '(', 'X', (byte) attribute.length, 0, 0, 0});
        pickle.write(attribute);
        // Several items at once ("u"), as torch.jit.save writes them: older versions read no "s".
        pickle.write(new byte[] {(byte) 0x89, 'u', 'b', '.'});
        return pickle.toByteArray();
    }

    /** Adds an uncompressed entry; PyTorch reads no others. */
    private static void store(ZipOutputStream zip, String folder, String name, byte[] content)
            throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(folder + "/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        entry.setTimeLocal(TIME);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
