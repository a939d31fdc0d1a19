package org.djlsparse.cli.study;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.report.Json;
import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * The file {@code runs.jsonl} of a study: a line of JSON with the settings, then a line for each
 * finished run. A run is on the disk before the next one begins, so that an interrupted study can
 * be continued. While the file is open, no other study can write it.
 */
public final class RunsFile implements Closeable {

    /** The file's name. */
    public static final String NAME = "runs.jsonl";

    private static final String FIELD = "output";

    private final Path file;
    private final FileChannel channel;
    private final List<StudyRun> runs = new ArrayList<>();

    private RunsFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens the file of a folder, or creates it.
     *
     * @param folder the study's folder
     * @param settings the study's settings
     * @return the file, which the caller closes
     * @throws InputException if the file's study has other settings, a line is broken, or another
     *     study is writing the file
     * @throws IOException if the file cannot be read or written
     */
    public static RunsFile open(Path folder, StudySettings settings) throws IOException {
        Path file = folder.resolve(NAME);
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try {
            if (!lock(channel)) {
                throw new InputException(FIELD, folder, "another study is writing there");
            }
            RunsFile runsFile = new RunsFile(file, channel);
            runsFile.read(Json.of(settings));
            return runsFile;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // in this process
        }
    }

    private void read(String header) throws IOException {
        String text = Files.readString(file);
        // A last line without its end was being written when the study was interrupted.
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        long length = whole.getBytes(StandardCharsets.UTF_8).length;
        channel.truncate(length).position(length);
        if (whole.isEmpty()) {
            append(header);
            return;
        }
        List<String> lines = whole.lines().toList();
        checkSettings(
                parse(lines.get(0), 1, JsonObject.class),
                Objects.requireNonNull(Json.read(header, JsonObject.class)));
        for (int i = 1; i < lines.size(); i++) {
            StudyRun run = parse(lines.get(i), i + 1, StudyRun.class);
            if (run.variant() == null) { // Gson leaves it null if the line has none
                throw broken(i + 1, null);
            }
            runs.add(run);
        }
    }

    private <T> T parse(String line, int number, Class<T> type) {
        try {
            T value = Json.read(line, type);
            if (value != null) {
                return value;
            }
        } catch (JsonParseException e) {
            throw broken(number, e);
        }
        throw broken(number, null);
    }

    private InputException broken(int number, @Nullable Throwable cause) {
        return new InputException(
                FIELD, file.getParent(), "line " + number + " of " + NAME + " is broken", cause);
    }

    private void checkSettings(JsonObject before, JsonObject now) {
        Set<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(now.keySet());
        List<String> differences = new ArrayList<>();
        for (String key : keys) {
            if (!Objects.equals(before.get(key), now.get(key))) {
                differences.add(key + " was " + before.get(key) + ", is " + now.get(key));
            }
        }
        if (!differences.isEmpty()) {
            throw new InputException(
                    FIELD,
                    file.getParent(),
                    "its study has other settings: " + String.join("; ", differences));
        }
    }

    /**
     * Finds a finished run.
     *
     * @param variant the variant
     * @param seed the seed
     * @param width the model's width
     * @return the run; null if it has not been done
     */
    @Nullable StudyRun find(Variant variant, int seed, double width) {
        for (StudyRun run : runs) {
            if (run.variant().equals(variant.name())
                    && run.seed() == seed
                    && run.width() == width) {
                return run;
            }
        }
        return null;
    }

    /** Returns a run that has been done. */
    StudyRun get(Variant variant, int seed, double width) {
        return Objects.requireNonNull(find(variant, seed, width));
    }

    /** Appends a run and waits until it is on the disk. */
    void add(StudyRun run) throws IOException {
        append(Json.of(run));
        runs.add(run);
    }

    private void append(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + '\n').getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
