package org.djlsparse.cli.command;

import org.djlsparse.cli.options.MaskKind;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;

import java.util.Arrays;
import java.util.Iterator;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say which masks there are, and what finds them. */
public final class MaskOptions {

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Mixin private PatternOption pattern;

    @Option(
            names = "--solver",
            defaultValue = "auto",
            completionCandidates = Transposable.class,
            description = "What finds transposable masks: ${COMPLETION-CANDIDATES}.")
    private SolverName solver;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public MaskOptions() {}

    /** The solvers that may be named here. */
    static final class Transposable implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(SolverName.values())
                    .filter(SolverName::isTransposable)
                    .map(SolverName::toString)
                    .iterator();
        }
    }

    /**
     * Throws if a command that needs masks was told to have none.
     *
     * @param spec the command
     * @param mask the kind of the masks
     */
    public static void refuseNone(CommandSpec spec, MaskKind mask) {
        if (mask == MaskKind.NONE) {
            throw new ParameterException(
                    spec.commandLine(), "--mask none: must be transposable or row");
        }
    }

    /**
     * Returns the pattern.
     *
     * @return the pattern
     */
    public NmPattern getPattern() {
        return pattern.get();
    }

    /**
     * Returns the name of the solver.
     *
     * @return the name
     */
    public SolverName getSolver() {
        return solver;
    }

    /**
     * Creates what finds masks of a kind.
     *
     * @param mask the kind of the masks
     * @return the solver
     * @throws ParameterException if the options do not go together
     */
    public MaskSolver newSolver(MaskKind mask) {
        if (mask != MaskKind.TRANSPOSABLE && solver != SolverName.AUTO) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--solver "
                            + solver
                            + ": finds transposable masks, not those of --mask "
                            + mask);
        }
        if (!solver.isTransposable()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--solver "
                            + solver
                            + ": its masks are not transposable; --mask row finds row-wise ones");
        }
        MaskSolver chosen = solver.newSolver(mask);
        if (!chosen.supports(pattern.get())) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--solver "
                            + solver
                            + ": does not support --pattern "
                            + pattern.get()
                            + "; --solver auto takes one that does");
        }
        return chosen;
    }
}
