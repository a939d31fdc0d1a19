package org.djlsparse.spark;

import org.apache.hadoop.conf.Configuration;
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
import org.djlsparse.io.Shard;
import org.djlsparse.io.WeightFileException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A new folder into which the tasks of a job write one file each, by Spark's commit protocol, and
 * perhaps a second folder with a file of masks from each. The driver sets the job up and commits or
 * aborts it; the tasks get a copy.
 */
final class OutputFolder implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String folder;
    private final @Nullable String masksFolder;
    private final String job = UUID.randomUUID().toString();
    private final ShardCommitProtocol protocol;

    /** Those that are set up, in the driver. */
    private transient List<NewFolder> folders = List.of();

    /** What a task has written, and what the driver must know to commit it. */
    record Written(OutputShard file, @Nullable OutputShard masks, TaskCommitMessage message)
            implements Serializable {}

    /** Writes a file, and one of masks if there is a stream for it; returns what they are about. */
    @FunctionalInterface
    interface Content<T> {
        T writeTo(OutputStream out, @Nullable OutputStream masks) throws IOException;
    }

    /** The outcome of a task. */
    record Outcome<T>(Written written, T result) {}

    /** The index of the files. */
    record Index(String name, List<Shard> shards, Map<String, String> metadata) {

        byte[] format() {
            return Shard.formatIndex(name, shards, metadata);
        }
    }

    /**
     * Creates a description.
     *
     * @param folder the folder
     * @param masksFolder the folder of the masks, in the same file system, because Spark moves the
     *     files there from the other; null if none are asked for
     */
    OutputFolder(String folder, @Nullable String masksFolder) {
        this.folder = folder;
        this.masksFolder = masksFolder;
        protocol = new ShardCommitProtocol(job, folder);
    }

    /**
     * Prepares the folders.
     *
     * @throws WeightFileException if one of them is a file, or holds anything
     */
    void setUp(HadoopFiles files, Configuration hadoop) throws IOException {
        List<NewFolder> checked = new ArrayList<>();
        checked.add(new NewFolder(folder, files));
        if (masksFolder != null) {
            checked.add(new NewFolder(masksFolder, files));
        }
        for (NewFolder one : checked) {
            one.check();
        }
        folders = checked;
        try {
            protocol.setupJob(new JobContextImpl(configure(hadoop), new JobID(job, 0)));
            for (NewFolder one : folders) {
                one.create();
            }
        } catch (Exception e) { // Scala does not declare IOException
            try {
                clear();
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            if (e instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw WeightFileException.of(
                    folder,
                    "cannot be written",
                    e instanceof IOException io ? io : new IOException(e));
        }
    }

    private void clear() throws IOException {
        for (NewFolder one : folders) {
            one.clear();
        }
    }

    private JobConf configure(Configuration hadoop) {
        JobConf conf = new JobConf(hadoop);
        conf.setBoolean("mapreduce.fileoutputcommitter.marksuccessfuljobs", false);
        conf.setClass(
                "mapreduce.job.outputformat.class", TextOutputFormat.class, FileOutputFormat.class);
        conf.set(FileOutputFormat.OUTDIR, folder);
        // By this, the committers of S3A find in the driver what the tasks have uploaded.
        conf.set("spark.sql.sources.writeJobUUID", job);
        return conf;
    }

    /** Writes the files of a task. Of several attempts at the task, one is committed. */
    <T> Outcome<T> write(
            HadoopFiles files, Configuration hadoop, ShardTask shard, Content<T> content)
            throws IOException {
        TaskContext task = TaskContext.get();
        task.killTaskIfInterrupted(); // the folder may be complete, or gone
        int attempt = (int) (task.taskAttemptId() & Integer.MAX_VALUE);
        TaskAttemptContext context =
                new TaskAttemptContextImpl(
                        configure(hadoop),
                        new TaskAttemptID(
                                new TaskID(new JobID(job, 0), TaskType.MAP, shard.number()),
                                attempt));
        protocol.setupTask(context);
        try {
            FileNameSpec name = new FileNameSpec(shard.name(), "");
            FileNameSpec masksName = new FileNameSpec(shard.masksName(), "");
            NewFile file =
                    new NewFile(
                            files,
                            shard.name(),
                            protocol.newTaskTempFile(context, Option.empty(), name));
            NewFile masks =
                    masksFolder == null || shard.masksName().isEmpty()
                            ? null
                            : new NewFile(
                                    files,
                                    shard.masksName(),
                                    protocol.newTaskTempFileAbsPath(
                                            context, masksFolder, masksName));
            T result;
            // Closing may be what writes, and what fails: a file is complete only after it.
            try (OutputStream out = file.open();
                    OutputStream masksOut = masks == null ? null : masks.open()) {
                result = content.writeTo(out, masksOut);
            }
            return new Outcome<>(
                    new Written(
                            file.describe(),
                            masks == null ? null : masks.describe(),
                            protocol.commitTask(context)),
                    result);
        } catch (Throwable e) { // Scala does not declare its exceptions
            try {
                protocol.abortTask(context);
            } catch (Exception second) { // Scala does not declare IOException
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** Puts the files of all tasks in their places, and then writes the indexes. */
    void commit(
            Configuration hadoop, List<Written> written, Index index, @Nullable Index masksIndex)
            throws IOException {
        protocol.commitJob(
                new JobContextImpl(configure(hadoop), new JobID(job, 0)),
                CollectionConverters.asScala(written.stream().map(Written::message).toList())
                        .toSeq());
        folders.get(0).checkFiles(written.stream().map(Written::file).toList());
        if (masksIndex != null) {
            NewFolder masks = folders.get(1);
            masks.checkFiles(
                    written.stream().map(Written::masks).filter(Objects::nonNull).toList());
            masks.write(masksIndex.name(), masksIndex.format());
        }
        folders.get(0).write(index.name(), index.format());
    }

    /** Removes all that was written: the folders are as they were before. */
    void abort(Configuration hadoop) throws IOException {
        try {
            protocol.abortJob(new JobContextImpl(configure(hadoop), new JobID(job, 0)));
        } finally {
            clear();
        }
    }
}
