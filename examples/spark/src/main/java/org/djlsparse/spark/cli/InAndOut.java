package org.djlsparse.spark.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The parameters IN and OUT. */
final class InAndOut {

    @Mixin private InOption in;

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description =
                    "The new folder for the shards and their index; a path, or a URI such as"
                            + " s3a://bucket/sparse. All executors must be able to write to it.")
    private String out;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    InAndOut() {}

    String in() {
        return in.get();
    }

    String out() {
        return out;
    }
}
