package org.djlsparse.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapreduce.JobID;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.TaskID;
import org.apache.hadoop.mapreduce.TaskType;
import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat;
import org.apache.hadoop.mapreduce.lib.output.TextOutputFormat;
import org.apache.hadoop.mapreduce.task.JobContextImpl;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.apache.spark.TaskContext;
import org.apache.spark.internal.io.FileCommitProtocol.TaskCommitMessage;
import org.apache.spark.internal.io.FileNameSpec;
import org.djlsparse.io.WeightFileException;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A new folder into which the tasks of a job write one file each, by Spark's commit protocol. The
 * driver sets the job up and commits or aborts it; the tasks get a copy.
 */
final class OutputFolder implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final int BUFFER = 1 << 20;

    private final String folder;
    private final String job = UUID.randomUUID().toString();
    private final ShardCommitProtocol protocol;
    private transient boolean isNew;

    /** A file that a task has written, and what the driver must know to commit it. */
    record Written(OutputShard file, TaskCommitMessage message) implements Serializable {}

    /** Writes a file and returns what it was about. */
    @FunctionalInterface
    interface Content<T> {
        T writeTo(OutputStream out) throws IOException;
    }

    /** The outcome of a task. */
    record Outcome<T>(Written written, T result) {}

    OutputFolder(String folder) {
        this.folder = folder;
        protocol = new ShardCommitProtocol(job, folder);
    }

    /**
     * Prepares the folder.
     *
     * @throws WeightFileException if it is a file, or holds anything
     */
    void setUp(HadoopFiles files, Configuration hadoop) throws IOException {
        Path path = HadoopFiles.path(folder);
        FileSystem system = files.fileSystem(path);
        isNew = !system.exists(path);
        if (!isNew) {
            if (!system.getFileStatus(path).isDirectory()) {
                throw WeightFileException.of(folder, "is a file, must be a new folder");
            }
            FileStatus[] there = system.listStatus(path);
            if (there.length > 0) {
                throw WeightFileException.of(
                        folder,
                        "must be a new or an empty folder, has "
                                + there.length
                                + " files, such as "
                                + there[0].getPath().getName());
            }
        }
        try {
            protocol.setupJob(new JobContextImpl(configure(hadoop), new JobID(job, 0)));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) { // Scala does not declare IOException
            throw WeightFileException.of(
                    folder,
                    "cannot be written",
                    e instanceof IOException io ? io : new IOException(e));
        }
    }

    private JobConf configure(Configuration hadoop) {
        JobConf conf = new JobConf(hadoop);
        conf.setBoolean("mapreduce.fileoutputcommitter.marksuccessfuljobs", false);
        conf.setClass(
                "mapreduce.job.outputformat.class", TextOutputFormat.class, FileOutputFormat.class);
        conf.set(FileOutputFormat.OUTDIR, folder);
        return conf;
    }

    /**
     * Writes a file in a task. Of several attempts at the task, one is committed.
     *
     * @param number the number of the file, from 0 on
     * @param name its name
     */
    <T> Outcome<T> write(
            HadoopFiles files, Configuration hadoop, int number, String name, Content<T> content)
            throws IOException {
        TaskContext task = TaskContext.get();
        task.killTaskIfInterrupted(); // the folder may be complete, or gone
        int attempt = (int) (task.taskAttemptId() & Integer.MAX_VALUE);
        TaskAttemptContext context =
                new TaskAttemptContextImpl(
                        configure(hadoop),
                        new TaskAttemptID(
                                new TaskID(new JobID(job, 0), TaskType.MAP, number), attempt));
        protocol.setupTask(context);
        try {
            Path path =
                    new Path(
                            protocol.newTaskTempFile(
                                    context, Option.empty(), new FileNameSpec(name, "")));
            MessageDigest digest = newDigest();
            long[] bytes = new long[1];
            T result;
            // Closing may be what writes, and what fails: a file is complete only after it.
            try (OutputStream out = new BufferedOutputStream(create(files, path), BUFFER);
                    OutputStream counted =
                            new DigestOutputStream(new CountingStream(out, bytes), digest)) {
                result = content.writeTo(counted);
            }
            OutputShard file =
                    new OutputShard(name, bytes[0], HexFormat.of().formatHex(digest.digest()));
            return new Outcome<>(new Written(file, protocol.commitTask(context)), result);
        } catch (Throwable e) { // Scala does not declare its exceptions
            try {
                protocol.abortTask(context);
            } catch (Exception second) { // Scala does not declare IOException
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private FSDataOutputStream create(HadoopFiles files, Path path) throws IOException {
        try {
            return files.fileSystem(path).create(path, false);
        } catch (IOException e) {
            throw WeightFileException.of(path.toString(), "cannot be written", e);
        }
    }

    /** Puts the files of all tasks in their places, and then writes the index. */
    void commit(
            HadoopFiles files,
            Configuration hadoop,
            List<Written> written,
            String indexName,
            byte[] index)
            throws IOException {
        protocol.commitJob(
                new JobContextImpl(configure(hadoop), new JobID(job, 0)),
                CollectionConverters.asScala(written.stream().map(Written::message).toList())
                        .toSeq());
        FileSystem system = files.fileSystem(HadoopFiles.path(folder));
        for (Written one : written) {
            Path path = new Path(folder, one.file().name());
            long length = system.getFileStatus(path).getLen();
            if (length != one.file().bytes()) {
                throw WeightFileException.of(
                        path.toString(),
                        "has " + length + " bytes: must have " + one.file().bytes());
            }
        }
        Path target = new Path(folder, indexName);
        Path temporary = new Path(folder, "." + indexName + ".tmp");
        try (OutputStream out = system.create(temporary, false)) {
            out.write(index);
        }
        if (!system.rename(temporary, target)) {
            throw WeightFileException.of(target.toString(), "cannot be put in its place");
        }
    }

    /** Removes all that was written. The folder was empty; if it is new, it goes, too. */
    void abort(HadoopFiles files, Configuration hadoop) throws IOException {
        protocol.abortJob(new JobContextImpl(configure(hadoop), new JobID(job, 0)));
        Path path = HadoopFiles.path(folder);
        FileSystem system = files.fileSystem(path);
        if (isNew) {
            system.delete(path, true);
            return;
        }
        for (FileStatus file : system.listStatus(path)) {
            system.delete(file.getPath(), true);
        }
    }

    /** Counts the bytes that pass. */
    private static final class CountingStream extends OutputStream {

        private final OutputStream out;
        private final long[] bytes;

        CountingStream(OutputStream out, long[] bytes) {
            this.out = out;
            this.bytes = bytes;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            bytes[0]++;
        }

        @Override
        public void write(byte[] array, int offset, int length) throws IOException {
            out.write(array, offset, length);
            bytes[0] += length;
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }
    }
}
