package org.djlsparse.spark.cli;

import org.djlsparse.cli.command.ByteSizeConverter;

import picocli.CommandLine.Option;

/** The option {@code --max-shard-size}. */
final class ShardSizeOption {

    @Option(
            names = "--max-shard-size",
            paramLabel = "<size>",
            defaultValue = "5GB",
            converter = ByteSizeConverter.class,
            description =
                    "Write shards of at most this many bytes of tensors, before compression; a"
                            + " larger tensor has a shard of its own. Each shard is a task.")
    private long bytes;

    ShardSizeOption() {}

    long get() {
        return bytes;
    }
}
