package org.djlsparse.cli.command;

import org.djlsparse.cli.options.MaskKind;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option {@code --mask} of commands that mask files, which need masks. */
public final class FileMaskOption {

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--mask",
            defaultValue = "transposable",
            description = "The masks: transposable, or row for masks valid along rows only.")
    private MaskKind mask;

    /** Created by picocli, which fills in the option. */
    @SuppressWarnings("NullAway.Init")
    public FileMaskOption() {}

    /**
     * Returns the kind of the masks.
     *
     * @return transposable or row
     * @throws picocli.CommandLine.ParameterException if it is none
     */
    public MaskKind get() {
        MaskOptions.refuseNone(spec, mask);
        return mask;
    }
}
