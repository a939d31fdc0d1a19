package org.djlsparse.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;

/**
 * Local files under {@code faulty:}, which fail as told. A fault is {@code KIND NAME}: the kind of
 * fault, and a part of the name of the files that have it.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {

    /** Writing fails after some bytes. */
    static final String FULL = "full";

    /** The first writer fails. */
    static final String FAIL_ONCE = "fail-once";

    /** The JVM of the first writer ends at once. */
    static final String HALT_ONCE = "halt-once";

    /** The first writer says which executor it is, and waits for long. */
    static final String WAIT_ONCE = "wait-once";

    /** A file is created late, and writing the others fails. */
    static final String LATE_AND_OTHERS_FULL = "late-and-others-full";

    /** Opening fails. */
    static final String UNREADABLE = "unreadable";

    /** The first reader fails. */
    static final String UNREADABLE_ONCE = "unreadable-once";

    private static final String FAULT = "test.fault";
    private static final String CONTROL = "test.control";
    private static final URI NAME = URI.create("faulty:///");
    private static final int ROOM = 1000;

    private String[] fault = {"", ""};
    private String control = "";

    /** Created by Hadoop. */
    public FaultyFileSystem() {}

    static SparkConf configure(SparkConf conf, java.nio.file.Path control) {
        return conf.set("spark.hadoop.fs.faulty.impl", FaultyFileSystem.class.getName())
                .set("spark.hadoop.fs.faulty.impl.disable.cache", "true")
                .set("spark.hadoop." + CONTROL, control.toString());
    }

    static void register(Configuration hadoop) {
        hadoop.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    }

    /** Sets the fault of the jobs from now on. */
    static void set(Configuration hadoop, String kind, String name) {
        hadoop.set(FAULT, kind + " " + name);
    }

    @Override
    public void initialize(URI uri, Configuration conf) throws IOException {
        super.initialize(uri, conf);
        fault = conf.get(FAULT, "none none").split(" ", 2);
        control = conf.get(CONTROL, "");
    }

    @Override
    public String getScheme() {
        return "faulty";
    }

    @Override
    public URI getUri() {
        return NAME;
    }

    private boolean has(String kind, Path path) {
        return fault[0].equals(kind) && path.getName().contains(fault[1]);
    }

    /** Returns whether this is the first time, in any JVM. */
    private boolean first() throws IOException {
        String executor = SparkEnv.get().executorId();
        try {
            java.nio.file.Path marker = java.nio.file.Path.of(control, "reached");
            Files.createFile(marker);
            Files.writeString(java.nio.file.Path.of(control, "executor"), executor);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        if (has(UNREADABLE, path) || (has(UNREADABLE_ONCE, path) && first())) {
            throw new IOException("connection reset");
        }
        return super.open(path, bufferSize);
    }

    @Override
    public FSDataOutputStream create(
            Path path,
            boolean overwrite,
            int bufferSize,
            short replication,
            long blockSize,
            Progressable progress)
            throws IOException {
        if (has(LATE_AND_OTHERS_FULL, path)) {
            sleep(1_500);
        }
        FSDataOutputStream out =
                super.create(path, overwrite, bufferSize, replication, blockSize, progress);
        if (has(FULL, path)
                || (fault[0].equals(LATE_AND_OTHERS_FULL) && !has(LATE_AND_OTHERS_FULL, path))) {
            return new FSDataOutputStream(new FullDisk(out), null);
        }
        if (has(HALT_ONCE, path) && first()) {
            Runtime.getRuntime().halt(1);
        }
        if (has(FAIL_ONCE, path) && first()) {
            out.write(new byte[ROOM]);
            out.close();
            throw new IOException("failed on purpose");
        }
        if (has(WAIT_ONCE, path) && first()) {
            sleep(30_000);
        }
        return out;
    }

    private static void sleep(long milliseconds) throws InterruptedIOException {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted");
        }
    }

    /** A disk with little room. */
    private static final class FullDisk extends FilterOutputStream {

        private int written;

        FullDisk(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            written += length;
            if (written > ROOM) {
                throw new IOException("No space left on device");
            }
            out.write(bytes, offset, length);
        }
    }
}
