package org.djlsparse.cli.command;

import org.djlsparse.mask.NmPattern;

import picocli.CommandLine.Option;

/** The option {@code --pattern}, 2:4 by default. */
final class PatternOption {

    @Option(
            names = "--pattern",
            defaultValue = "2:4",
            description = "The pattern N:M: N kept of every M.")
    private NmPattern pattern;

    @SuppressWarnings("NullAway.Init") // filled in by picocli
    PatternOption() {}

    NmPattern get() {
        return pattern;
    }
}
