package org.djlsparse.cli.command;

import picocli.CommandLine.Option;

/** The option {@code --both} of commands that compress. */
public final class BothOption {

    @Option(
            names = "--both",
            description =
                    "Store the transposes, too, of weights that satisfy the pattern both ways.")
    private boolean both;

    /** Created by picocli, which fills in the option. */
    public BothOption() {}

    /**
     * Returns whether transposes are stored.
     *
     * @return {@code true} if they are
     */
    public boolean get() {
        return both;
    }
}
