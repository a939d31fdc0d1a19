package org.djlsparse.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.functional.FutureIO;
import org.apache.spark.TaskContext;
import org.djlsparse.io.InputFile;
import org.djlsparse.io.PositionedReader;
import org.djlsparse.io.WeightFileException;
import org.jspecify.annotations.Nullable;

import java.io.FileNotFoundException;
import java.io.IOException;

/** Files at URIs that Hadoop reads, such as {@code hdfs:}, {@code s3a:} and {@code file:}. */
final class HadoopFiles {

    private final Configuration configuration;
    private final BlockCache cache = new BlockCache();

    HadoopFiles(Configuration configuration) {
        this.configuration = configuration;
    }

    /**
     * Parses a URI; without a scheme, it is a path of Hadoop's default file system.
     *
     * @throws WeightFileException if it is not one
     */
    static Path path(String location) throws WeightFileException {
        try {
            return new Path(location);
        } catch (IllegalArgumentException e) {
            throw WeightFileException.of(location, "is not a URI: " + e.getMessage());
        }
    }

    /**
     * Returns the file system of a path. Local files have no checksum files beside them.
     *
     * @throws WeightFileException if the scheme is unknown
     */
    FileSystem fileSystem(Path path) throws IOException {
        try {
            FileSystem system = path.getFileSystem(configuration);
            return system instanceof LocalFileSystem local ? local.getRawFileSystem() : system;
        } catch (UnsupportedFileSystemException e) {
            throw WeightFileException.of(
                    path.toString(),
                    "Hadoop has no file system for the scheme \""
                            + path.toUri().getScheme()
                            + "\": add its jar to Spark, such as hadoop-aws for s3a");
        }
    }

    /** Returns the file at a URI, which need not exist. */
    InputFile file(String location) {
        return new HadoopFile(location);
    }

    private final class HadoopFile implements InputFile {

        private final String location;

        HadoopFile(String location) {
            this.location = location;
        }

        @Override
        public String getLocation() {
            return location;
        }

        @Override
        public InputFile resolveSibling(String name) {
            return new HadoopFile(location.substring(0, location.lastIndexOf('/') + 1) + name);
        }

        @Override
        public PositionedReader open() throws IOException {
            Path path = path(location);
            try {
                FileSystem system = fileSystem(path);
                FileStatus status = system.getFileStatus(path);
                if (!status.isFile()) {
                    throw WeightFileException.of(location, "is a folder, must be a file");
                }
                FSDataInputStream in =
                        FutureIO.awaitFuture(
                                system.openFile(path)
                                        .withFileStatus(status)
                                        // Blocks are read whole, at any position.
                                        .opt(
                                                Options.OpenFileOptions
                                                        .FS_OPTION_OPENFILE_READ_POLICY,
                                                Options.OpenFileOptions
                                                        .FS_OPTION_OPENFILE_READ_POLICY_RANDOM)
                                        .build());
                return new HadoopReader(location, in, status.getLen());
            } catch (FileNotFoundException e) {
                throw WeightFileException.of(location, "no such file");
            } catch (IOException e) {
                throw WeightFileException.of(location, "cannot be read", e);
            }
        }
    }

    private final class HadoopReader implements PositionedReader {

        private final String location;
        private final FSDataInputStream in;
        private final long length;

        /** The task that reads, perhaps in other threads; null in the driver. */
        private final @Nullable TaskContext task = TaskContext.get();

        HadoopReader(String location, FSDataInputStream in, long length) {
            this.location = location;
            this.in = in;
            this.length = length;
        }

        @Override
        public long getLength() {
            return length;
        }

        @Override
        public void read(long position, byte[] bytes, int offset, int count) throws IOException {
            if (task != null) {
                task.killTaskIfInterrupted(); // Spark does not end a thread that works
            }
            try {
                int done = 0;
                while (done < count) {
                    long at = position + done;
                    long index = at / BlockCache.BLOCK;
                    byte[] block = cache.get(location, index, () -> load(index));
                    int start = (int) (at % BlockCache.BLOCK);
                    int part = Math.min(count - done, block.length - start);
                    System.arraycopy(block, start, bytes, offset + done, part);
                    done += part;
                }
            } catch (IOException e) {
                throw WeightFileException.of(location, "cannot be read", e);
            }
        }

        private byte[] load(long index) throws IOException {
            long start = index * BlockCache.BLOCK;
            byte[] block = new byte[(int) Math.min(BlockCache.BLOCK, length - start)];
            in.readFully(start, block, 0, block.length);
            return block;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
