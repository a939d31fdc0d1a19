package org.djlsparse.cli.command;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.options.SolverName;
import org.djlsparse.cli.report.TilePicture;
import org.djlsparse.cli.weights.WorstTile;
import org.djlsparse.internal.mask.DenseReason;
import org.djlsparse.io.TensorChoice;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileException;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws a tile and its masks. */
@Command(
        name = "picture",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Draws a tile of a weight, a solver's mask of it and the best mask.",
            "The tile is the one on which the solver loses most; if it loses nothing, the one on"
                    + " which greedy loses most."
        })
public final class PictureCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "The file of weights: .safetensors, .npz or .npy.")
    private Path in;

    @Parameters(index = "1", paramLabel = "OUT", description = "The PNG file to write.")
    private Path out;

    @Option(
            names = "--pattern",
            paramLabel = "N:M",
            defaultValue = "4:8",
            description = "The pattern: N kept of every M; M at most 64.")
    private NmPattern pattern;

    @Option(
            names = "--solver",
            paramLabel = "NAME",
            defaultValue = "greedy",
            description = "The solver: ${COMPLETION-CANDIDATES}.")
    private SolverName solver;

    @Option(
            names = "--tensor",
            paramLabel = "NAME",
            description = "The name of the tensor. By default the first that 'mask' masks.")
    private @Nullable String tensor;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public PictureCommand() {}

    @Override
    public Integer call() throws IOException {
        MaskSolver chosen = solver.newSolver();
        checkPattern(chosen);
        if (!out.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            throw new InputException("OUT " + out + ": must end in .png");
        }
        Path folder = out.toAbsolutePath().getParent();
        if (folder == null || !Files.isWritable(folder)) {
            throw new InputException("OUT " + out + ": must be in a folder that can be written");
        }
        try (WeightFile file = WeightFile.open(in)) {
            Output.warn(spec, file.getWarnings());
            WorstTile tile = WorstTile.find(file, tensor(file), chosen, pattern);
            TilePicture.write(tile, chosen.getName(), out);
        }
        PrintWriter writer = spec.commandLine().getOut();
        writer.println(out);
        writer.flush();
        return 0;
    }

    private void checkPattern(MaskSolver chosen) {
        boolean isDefault = !isGiven("--pattern");
        if (!MaskSolver.exact().supports(pattern)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--pattern "
                            + pattern
                            + ": M must be at most 64, so that the best mask can be found");
        }
        if (!chosen.supports(pattern)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--solver "
                            + solver
                            + ": does not support "
                            + (isDefault
                                    ? pattern + ", the default of --pattern"
                                    : "--pattern " + pattern));
        }
    }

    private boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private TensorInfo tensor(WeightFile file) throws WeightFileException {
        List<TensorChoice> choices = TensorChoice.of(file, pattern);
        return tensor == null ? first(file, choices) : named(tensor, file, choices);
    }

    private TensorInfo named(String name, WeightFile file, List<TensorChoice> choices) {
        TensorChoice choice =
                choices.stream()
                        .filter(each -> each.tensor().name().equals(name))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new InputException(
                                                "--tensor "
                                                        + name
                                                        + ": no such tensor in "
                                                        + file.getLocation()));
        String reason =
                choice.possible()
                        ? DenseReason.forPattern(choice.tensor().shape(), pattern)
                        : choice.reason();
        if (reason != null) {
            throw new InputException(
                    "--tensor " + name + ": has no whole tile of " + tile() + ": " + reason);
        }
        return choice.tensor();
    }

    private TensorInfo first(WeightFile file, List<TensorChoice> choices) {
        return choices.stream()
                .filter(TensorChoice::isChosen)
                .findFirst()
                .map(TensorChoice::tensor)
                .orElseThrow(
                        () ->
                                new InputException(
                                        file.getLocation()
                                                + ": no tensor that gets a mask has a whole"
                                                + " tile of "
                                                + tile()
                                                + choices.stream()
                                                        .findFirst()
                                                        .map(PictureCommand::describe)
                                                        .orElse("")));
    }

    private static String describe(TensorChoice first) {
        return "; the first, \"" + first.tensor().name() + "\": " + first.reason();
    }

    private String tile() {
        return pattern.m() + " x " + pattern.m();
    }
}
