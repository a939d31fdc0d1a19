package org.djlsparse.examples.cli;

import org.djlsparse.examples.InputException;
import org.djlsparse.examples.choice.SolverName;
import org.djlsparse.examples.report.TilePicture;
import org.djlsparse.examples.weights.TensorFilter;
import org.djlsparse.examples.weights.WorstTile;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
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
import java.util.regex.Pattern;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws a tile as a solver masks it. */
@Command(
        name = "picture",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Draws a tile of a weight, what a solver keeps of it and what the best mask keeps.",
            "The tile is the one on which the solver loses most; if it loses nothing, the one on"
                    + " which greedy does."
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
            converter = PatternConverter.class,
            description = "The number kept of every M; M at most 64.")
    private NmPattern pattern;

    @Option(
            names = "--solver",
            paramLabel = "NAME",
            defaultValue = "greedy",
            description = "What finds the mask: ${COMPLETION-CANDIDATES}.")
    private SolverName solver;

    @Option(
            names = "--tensor",
            paramLabel = "NAME",
            description = "The tensor; by default the first that can carry a mask.")
    private @Nullable String tensor;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public PictureCommand() {}

    @Override
    public Integer call() throws IOException {
        MaskSolver chosen = solver.newSolver();
        for (MaskSolver needed : List.of(chosen, MaskSolver.exact())) {
            if (!needed.supports(pattern)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--pattern "
                                + pattern
                                + ": not supported by the solver \""
                                + needed.getName()
                                + "\"");
            }
        }
        if (!out.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            throw new InputException("OUT " + out + ": must end in .png");
        }
        Path folder = out.toAbsolutePath().getParent();
        if (folder == null || !Files.isWritable(folder)) {
            throw new InputException("OUT " + out + ": must be in a folder that can be written");
        }
        try (WeightFile file = WeightFile.open(in)) {
            Answer.warn(spec, file.getWarnings());
            WorstTile tile = WorstTile.find(file, tensor(file), chosen, pattern);
            TilePicture.write(tile, chosen.getName(), out);
        }
        PrintWriter writer = spec.commandLine().getOut();
        writer.println(out);
        writer.flush();
        return 0;
    }

    private TensorInfo tensor(WeightFile file) {
        List<Pattern> includes =
                tensor == null ? List.of() : List.of(Pattern.compile(Pattern.quote(tensor)));
        return new TensorFilter(includes, List.of()).select(file).get(0);
    }
}
