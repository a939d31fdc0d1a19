package org.djlsparse.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The checkpoints of a training: one folder for each, such as {@code round-00005} after five
 * rounds, in any file system of Hadoop. A checkpoint is written under a temporary name, renamed,
 * and then marked as complete, because an object store renames a folder file by file.
 */
final class RoundCheckpoints {

    static final String OUTER = "outer.safetensors";
    static final String COMPLETE = "COMPLETE";

    private static final Pattern NAME = Pattern.compile("round-(\\d{5,9})");

    private final FileSystem files;
    private final Path folder;

    RoundCheckpoints(String folder, Configuration configuration) throws IOException {
        this.folder = HadoopFiles.path(folder);
        files = new HadoopFiles(configuration).fileSystem(this.folder);
    }

    /** A training after some rounds. */
    record Resumed(int rounds, RoundState state, List<FloatTensor> velocities) {}

    /**
     * Writes a checkpoint.
     *
     * @param rounds the number of rounds so far
     * @param velocities the state of the outer optimizer
     */
    void write(int rounds, TrainedModel model, List<FloatTensor> velocities) throws IOException {
        String name = String.format(Locale.ROOT, "round-%05d", rounds);
        Path target = new Path(folder, name);
        Path temporary = new Path(folder, "." + name + ".tmp");
        files.delete(temporary, true);
        files.delete(target, true); // one that is not complete
        files.mkdirs(temporary);
        try (LocalFolder local = LocalFolder.create()) {
            model.save(local.getPath());
            List<String> names = new ArrayList<>(List.of(StateFiles.WEIGHTS, StateFiles.STATE));
            if (!velocities.isEmpty()) {
                StateFiles.write(velocities, local.resolve(OUTER));
                names.add(OUTER);
            }
            for (String file : names) {
                Path source = new Path(local.resolve(file).toUri());
                files.copyFromLocalFile(true, true, source, new Path(temporary, file));
            }
        }
        if (!files.rename(temporary, target)) {
            throw new IOException(target + ": cannot be renamed from " + temporary);
        }
        files.create(new Path(target, COMPLETE), true).close();
    }

    /**
     * Reads the latest complete checkpoint.
     *
     * @param model knows the names of the parameters
     * @return the checkpoint, or null if there is none
     */
    @Nullable Resumed readLatest(TrainedModel model) throws IOException {
        int latest = -1;
        Path path = folder;
        if (files.exists(folder)) {
            for (FileStatus status : files.listStatus(folder)) {
                Matcher matcher = NAME.matcher(status.getPath().getName());
                if (matcher.matches()
                        && Integer.parseInt(matcher.group(1)) > latest
                        && files.exists(new Path(status.getPath(), COMPLETE))) {
                    latest = Integer.parseInt(matcher.group(1));
                    path = status.getPath();
                }
            }
        }
        if (latest < 0) {
            return null;
        }
        try (LocalFolder local = LocalFolder.create()) {
            List<String> names = new ArrayList<>(List.of(StateFiles.WEIGHTS, StateFiles.STATE));
            boolean outer = files.exists(new Path(path, OUTER));
            if (outer) {
                names.add(OUTER);
            }
            for (String file : names) {
                Path target = new Path(local.resolve(file).toUri());
                files.copyToLocalFile(false, new Path(path, file), target, true);
            }
            return new Resumed(
                    latest,
                    StateFiles.read(model.getModel().getBlock(), local.getPath()),
                    outer ? StateFiles.readAll(local.resolve(OUTER)) : List.of());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }
}
