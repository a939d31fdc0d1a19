package org.djlsparse.spark;

import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.djlsparse.io.WeightFileException;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** A folder to fill, which is not there or empty at first. For the driver. */
final class NewFolder {

    private final String folder;
    private final Path path;
    private final FileSystem system;
    private boolean isNew;

    NewFolder(String folder, HadoopFiles files) throws IOException {
        this.folder = folder;
        path = HadoopFiles.path(folder);
        system = files.fileSystem(path);
    }

    /**
     * Checks the folder.
     *
     * @throws WeightFileException if it is a file, or holds anything
     */
    void check() throws IOException {
        FileStatus[] there;
        try {
            if (!system.getFileStatus(path).isDirectory()) {
                throw WeightFileException.of(folder, "is a file, must be a new folder");
            }
            there = system.listStatus(path);
        } catch (FileNotFoundException e) {
            isNew = true;
            return;
        }
        if (there.length > 0) {
            throw WeightFileException.of(
                    folder,
                    "must be a new or an empty folder, has "
                            + there.length
                            + " files, such as "
                            + there[0].getPath().getName());
        }
    }

    void create() throws IOException {
        if (!system.mkdirs(path)) {
            throw WeightFileException.of(folder, "cannot be created");
        }
    }

    /** Checks that files are there, whole. */
    void checkFiles(List<OutputShard> files) throws IOException {
        for (OutputShard file : files) {
            Path written = new Path(path, file.name());
            long length = system.getFileStatus(written).getLen();
            if (length != file.bytes()) {
                throw WeightFileException.of(
                        written.toString(), "has " + length + " bytes: must have " + file.bytes());
            }
        }
    }

    /** Writes a file that is there whole or not at all. */
    void write(String name, byte[] bytes) throws IOException {
        Path target = new Path(path, name);
        Path temporary = new Path(path, "." + name + ".tmp");
        try (OutputStream out = system.create(temporary, false)) {
            out.write(bytes);
        }
        if (!system.rename(temporary, target)) {
            throw WeightFileException.of(target.toString(), "cannot be put in its place");
        }
    }

    /** Makes the folder as it was before. */
    void clear() throws IOException {
        if (isNew) {
            system.delete(path, true);
            return;
        }
        for (FileStatus file : system.listStatus(path)) {
            system.delete(file.getPath(), true);
        }
    }
}
