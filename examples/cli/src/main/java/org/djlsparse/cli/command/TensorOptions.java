package org.djlsparse.cli.command;

import org.djlsparse.cli.InputException;
import org.djlsparse.io.TensorSelector;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import picocli.CommandLine.Help;
import picocli.CommandLine.Option;

/** The options that choose tensors. */
public final class TensorOptions {

    @Option(
            names = "--include",
            paramLabel = "<regex>",
            showDefaultValue = Help.Visibility.NEVER,
            converter = RegexConverter.class,
            description =
                    "Take those tensors, and no others, whose whole name matches, if they can carry"
                            + " a mask at all. May be given more than once; one match is enough.")
    private List<Pattern> includes = new ArrayList<>();

    @Option(
            names = "--exclude",
            paramLabel = "<regex>",
            showDefaultValue = Help.Visibility.NEVER,
            converter = RegexConverter.class,
            description =
                    "Leave out tensors whose whole name matches. May be given more than once.")
    private List<Pattern> excludes = new ArrayList<>();

    /** Created by picocli, which fills in the options. */
    public TensorOptions() {}

    /**
     * Returns the choice of tensors.
     *
     * @return the selector
     */
    public TensorSelector selector() {
        TensorSelector.Builder builder = TensorSelector.builder();
        includes.forEach(include -> builder.addInclude(include.pattern()));
        excludes.forEach(exclude -> builder.addExclude(exclude.pattern()));
        return builder.build();
    }

    /**
     * Names the option where the library's message names its field; other errors stay.
     *
     * @param e the library's error
     * @return the error to throw
     */
    public RuntimeException nameOption(IllegalArgumentException e) {
        RuntimeException named = e;
        for (Pattern include : includes) {
            named =
                    InputException.name(
                            named, "include \"" + include + "\"", "--include " + include);
        }
        return named;
    }
}
