package org.djlsparse.spark.cli;

import picocli.CommandLine.Parameters;

/** The parameter IN. */
final class InOption {

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description =
                    "What to read: a .safetensors file, an index of shards, or a folder with one of"
                        + " these; a path, or a URI such as s3a://bucket/model. All executors must"
                        + " be able to read it.")
    private String in;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    InOption() {}

    String get() {
        return in;
    }
}
