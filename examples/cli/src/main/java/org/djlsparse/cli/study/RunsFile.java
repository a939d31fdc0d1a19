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
 * The file {@code runs.jsonl} of a study: a line of JSON with the settings, then one for each
 * finished run. A run is on the disk before the next one begins, so that an interrupted study can
 * go on. While it is open no other study can write it.
 */
public final class RunsFile implements Closeable {

    /** The file's name. */
    public static final String NAME = "runs.jsonl";

    private final Path file;
    private final FileChannel channel;
    private final List<StudyRun> runs = new ArrayList<>();

    private RunsFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens a folder's file, or begins it.
     *
     * @param folder the study's folder
     * @param settings the study's settings
     * @param resume whether to go on with runs that are there
     * @return the file, to be closed after use
     * @throws InputException if there are runs and they are not to be gone on with, are of other
     *     settings, or cannot be understood, or another study is writing them
     * @throws IOException if the file cannot be read or written
     */
    public static RunsFile open(Path folder, StudySettings settings, boolean resume)
            throws IOException {
        Path file = folder.resolve(NAME);
        if (!resume && Files.exists(file)) {
            throw new InputException(
                    "--output "
                            + folder
                            + ": holds the "
                            + NAME
                            + " of a study: add --resume to go on with it, or name another folder");
        }
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try {
            if (!lock(channel)) {
                throw new InputException("--output " + folder + ": another study is writing there");
            }
            RunsFile runsFile = new RunsFile(file, channel);
            runsFile.read(Json.of(Header.of(settings)));
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
            return false; // by this very program
        }
    }

    private void read(String header) throws IOException {
        String text = Files.readString(file);
        // What comes after the last line's end was being written when the study was interrupted.
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
            if (run.variant() == null) { // Gson leaves it so where the line has none
                throw notUnderstood(i + 1, null);
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
            throw notUnderstood(number, e);
        }
        throw notUnderstood(number, null);
    }

    private InputException notUnderstood(int number, @Nullable Throwable cause) {
        String message =
                "--output " + file.getParent() + ": line " + number + " of " + NAME + " is broken";
        return cause == null ? new InputException(message) : new InputException(message, cause);
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
                    "--output "
                            + file.getParent()
                            + ": its study has other settings: "
                            + String.join("; ", differences));
        }
    }

    /**
     * Finds a finished run.
     *
     * @param variant the variant
     * @param seed the seed
     * @return the run, or null if it is still to do
     */
    @Nullable StudyRun find(Variant variant, int seed) {
        for (StudyRun run : runs) {
            if (run.variant().equals(variant.name()) && run.seed() == seed) {
                return run;
            }
        }
        return null;
    }

    /** Adds a run and waits until it is on the disk. */
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

    /** The settings in words that users know. */
    private record Header(
            String task,
            String model,
            int steps,
            int batch,
            float learningRate,
            String rule,
            float lambda,
            int refreshEvery,
            int warmUp,
            int denseFinish,
            long trainingExamples,
            long validationExamples) {

        static Header of(StudySettings settings) {
            return new Header(
                    settings.task().toString(),
                    settings.model().toString(),
                    settings.steps(),
                    settings.batch(),
                    settings.learningRate(),
                    settings.rule().toString(),
                    settings.lambda(),
                    settings.refreshEvery(),
                    settings.warmUp(),
                    settings.denseFinish(),
                    settings.trainingExamples(),
                    settings.validationExamples());
        }
    }
}
