package org.djlsparse.spark;

import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.OutputCommitter;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.spark.internal.io.FileNameSpec;
import org.apache.spark.internal.io.HadoopMapReduceCommitProtocol;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;

import scala.Option;

/**
 * Spark's commit protocol, with the names that the shards of a checkpoint must have. Of all
 * attempts at a task, one is committed, and its file appears in the folder only with the job. It
 * works with any committer that Hadoop has for the file system, those of S3A included.
 */
final class ShardCommitProtocol extends HadoopMapReduceCommitProtocol {

    private static final long serialVersionUID = 1L;

    private final String folder;
    private transient @Nullable OutputCommitter committer;

    ShardCommitProtocol(String jobId, String folder) {
        super(jobId, folder, false);
        this.folder = folder;
    }

    @Override
    public OutputCommitter setupCommitter(TaskAttemptContext context) {
        OutputCommitter created = super.setupCommitter(context);
        committer = created;
        return created;
    }

    @Override
    public String newTaskTempFile(
            TaskAttemptContext context, Option<String> directory, FileNameSpec name) {
        Path work = null;
        if (committer instanceof PathOutputCommitter paths) {
            try {
                work = paths.getWorkPath();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new Path(work == null ? new Path(folder) : work, getFilename(context, name))
                .toString();
    }

    @Override
    public String getFilename(TaskAttemptContext context, FileNameSpec name) {
        return name.prefix() + name.suffix();
    }
}
