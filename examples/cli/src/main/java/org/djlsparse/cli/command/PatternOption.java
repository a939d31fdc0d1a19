package org.djlsparse.cli.command;

import org.djlsparse.mask.NmPattern;

import picocli.CommandLine.Option;

/** The option {@code --pattern}, 2:4 by default. */
public final class PatternOption {

    @Option(
            names = "--pattern",
            defaultValue = "2:4",
            description = "The pattern N:M: N kept of every M.")
    private NmPattern pattern;

    /** Created by picocli, which fills in the option. */
    @SuppressWarnings("NullAway.Init")
    public PatternOption() {}

    /**
     * Returns the pattern.
     *
     * @return the pattern
     */
    public NmPattern get() {
        return pattern;
    }
}
