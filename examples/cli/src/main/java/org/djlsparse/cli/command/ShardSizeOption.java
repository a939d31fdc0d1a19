package org.djlsparse.cli.command;

import org.djlsparse.cli.InputException;
import org.djlsparse.io.FileFormat;
import org.djlsparse.io.WeightFileException;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

import picocli.CommandLine.Option;

/** The option {@code --max-shard-size}. */
final class ShardSizeOption {

    @Option(
            names = "--max-shard-size",
            paramLabel = "<size>",
            converter = ByteSizeConverter.class,
            description =
                    "Write shards of at most this many bytes of tensors, such as 5GB; a larger"
                            + " tensor has a shard of its own. OUT must be an index. Without this,"
                            + " the shards are those of IN.")
    private @Nullable Long bytes;

    ShardSizeOption() {}

    /** Returns the size in bytes; null to keep the shards. */
    @Nullable Long get() {
        return bytes;
    }

    /** Throws if there is a size, but the file to write has no shards. */
    void check(Path out) throws WeightFileException {
        if (bytes != null && FileFormat.of(out) != FileFormat.SHARDED) {
            throw new InputException(
                    "OUT "
                            + out
                            + ": must end in "
                            + FileFormat.SHARDED.getExtension()
                            + " with --max-shard-size");
        }
    }
}
