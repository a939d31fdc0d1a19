package org.djlsparse.embedder;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.translate.TranslateException;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import org.djlsparse.ModelWeights;
import org.djlsparse.io.WeightChecker;
import org.djlsparse.io.WeightMasker;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.torch.TorchMemory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Compresses all-MiniLM-L6-v2 to N:M in three ways, and compares the results with it. */
@Command(
        name = "embedder",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description =
                "Gives the sentence embedder all-MiniLM-L6-v2 transposable N:M masks by magnitude,"
                    + " by AdaPrune, and by AdaPrune with distillation from the dense model. Each"
                    + " result is compared with the dense model on held-out sentences.")
final class CompressEmbedder implements Callable<Integer> {

    private static final int MAX_TOKENS = 64;
    private static final Gson GSON =
            new GsonBuilder()
                    .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
                    .serializeNulls()
                    .create();

    @Option(
            names = "--pattern",
            paramLabel = "N:M",
            split = ",",
            defaultValue = "2:4,4:8",
            description = "The patterns: N kept of every M.")
    private List<NmPattern> patterns;

    @Option(
            names = "--steps",
            defaultValue = "4000",
            description = "The batches of the distillation; 0 leaves it out.")
    private int steps;

    @Option(
            names = "--start",
            paramLabel = "FILE",
            description =
                    "Distil from this file of an earlier run on, instead of from the result of"
                            + " AdaPrune. Needs a single --pattern.")
    private @Nullable Path start;

    @Option(
            names = "--learning-rate",
            paramLabel = "RATE",
            defaultValue = "1e-3",
            description = "Adam's largest learning rate.")
    private float learningRate;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description =
                    "Take the sentences of this English text in UTF-8, not the messages in the"
                            + " JDK's classes.")
    private @Nullable Path text;

    @Option(
            names = "--held-out",
            paramLabel = "COUNT",
            defaultValue = "500",
            description = "The number of sentences of the comparison.")
    private int heldOut;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "The seed of the choice and the order of the sentences.")
    private long seed;

    @Option(names = "--no-times", description = "Do not measure the time for a sentence.")
    private boolean untimed;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "The folder for the models' files. Without it, they are temporary.")
    private @Nullable Path output;

    @Option(names = "--json", description = "Print one line of JSON, not a table.")
    private boolean json;

    @Spec private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    private CompressEmbedder() {}

    /**
     * Runs the program.
     *
     * @param args the options
     */
    public static void main(String[] args) {
        System.exit(newCommandLine().execute(args));
    }

    static CommandLine newCommandLine() {
        return new CommandLine(new CompressEmbedder())
                .registerConverter(NmPattern.class, CompressEmbedder::pattern)
                .setParameterExceptionHandler((e, args) -> report(e.getCommandLine(), e, 2))
                .setExecutionExceptionHandler(CompressEmbedder::failed);
    }

    private static NmPattern pattern(String value) {
        try {
            return NmPattern.parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed)
            throws Exception {
        if (e instanceof IOException) {
            return report(line, e, 1);
        }
        throw e;
    }

    private static int report(CommandLine line, Exception e, int exitCode) {
        line.getErr().println(line.getCommandName() + ": " + e.getMessage());
        return exitCode;
    }

    /** Fails for a file that is missing or does not have the pattern along rows and columns. */
    private void checkStart(Path file, NmPattern pattern) throws IOException {
        check(Files.isRegularFile(file), "--start", file, "must be a file of an earlier run");
        check(
                WeightChecker.builder().setPattern(pattern).build().check(file).isTransposable(),
                "--start",
                file,
                "must have the pattern " + pattern + " along rows and columns");
    }

    private void check(boolean holds, String option, Object value, String constraint) {
        if (!holds) {
            throw new ParameterException(
                    spec.commandLine(), option + " " + value + ": " + constraint);
        }
    }

    @Override
    public Integer call() throws IOException, TranslateException {
        check(steps >= 0, "--steps", steps, "must be 0 or more");
        check(
                learningRate > 0 && learningRate <= 1,
                "--learning-rate",
                learningRate,
                "must be above 0 and at most 1");
        check(heldOut >= 3, "--held-out", heldOut, "must be 3 or more");
        if (start != null) {
            check(steps > 0, "--start", start, "needs --steps, which are 0");
            check(patterns.size() == 1, "--start", start, "needs a single --pattern");
            checkStart(start, patterns.get(0));
        }
        Sentences sentences =
                Sentences.split(
                        text == null ? JdkMessages.list() : Sentences.read(text), heldOut, seed);
        Path folder =
                output == null
                        ? Files.createTempDirectory("embedder")
                        : Files.createDirectories(output);
        try {
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                List<VariantResult> results = new ArrayList<>();
                compress(sentences, folder, results::add);
                out.println(toJson(results));
            } else {
                ResultTable table = new ResultTable(out);
                table.printHeader(sentences);
                compress(sentences, folder, table::print);
            }
        } finally {
            if (output == null) {
                deleteFiles(folder);
            }
        }
        return 0;
    }

    private void compress(Sentences sentences, Path folder, Consumer<VariantResult> results)
            throws IOException, TranslateException {
        Engine.getEngine("PyTorch").setRandomSeed((int) seed);
        TorchMemory.keepFreed();
        OnnxWeights weights = MiniLm.readWeights();
        try (HuggingFaceTokenizer tokenizer = MiniLm.readTokenizer(MAX_TOKENS);
                Model dense = Model.newInstance("dense", "PyTorch")) {
            dense.setBlock(MiniLm.newEncoder(weights, dense.getNDManager()));
            Path denseFile = folder.resolve("dense.safetensors");
            ModelWeights.write(dense.getBlock(), denseFile);
            try (Comparison comparison =
                    new Comparison(
                            manager -> MiniLm.newEncoder(weights, manager),
                            dense,
                            tokenizer,
                            sentences.heldOut(),
                            !untimed)) {
                results.accept(comparison.ofDense(denseFile));
                for (NmPattern pattern : patterns) {
                    Compression compression =
                            new Compression(pattern, tokenizer, sentences.training(), seed);
                    try (Model model = Model.newInstance("sparse", "PyTorch")) {
                        model.setBlock(MiniLm.newEncoder(weights, model.getNDManager()));
                        Results rows = new Results(pattern, folder, comparison, results);
                        if (start != null) {
                            ModelWeights.read(model.getBlock(), start);
                        } else {
                            WeightMasker masker =
                                    WeightMasker.builder().setPattern(pattern).build();
                            rows.add("magnitude", file -> masker.mask(denseFile, file));
                            rows.add(
                                    "adaprune",
                                    file -> {
                                        compression.adaPrune(model.getBlock());
                                        ModelWeights.write(model.getBlock(), file);
                                    });
                        }
                        if (steps > 0) {
                            rows.add(
                                    "distilled",
                                    file -> {
                                        compression.distil(
                                                model, dense.getBlock(), steps, learningRate);
                                        ModelWeights.write(model.getBlock(), file);
                                    });
                        }
                    }
                }
            }
        }
    }

    static String toJson(List<VariantResult> results) {
        return GSON.toJson(results);
    }

    private static void deleteFiles(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /** The rows of a pattern: each method writes a model's file, which is timed and compared. */
    private record Results(
            NmPattern pattern,
            Path folder,
            Comparison comparison,
            Consumer<VariantResult> consumer) {

        void add(String method, ModelWriter writer) throws IOException, TranslateException {
            String name = method + "-" + pattern.toString().replace(':', '-') + ".safetensors";
            Path file = folder.resolve(name);
            long begin = System.nanoTime();
            writer.write(file);
            double seconds = (System.nanoTime() - begin) / 1e9;
            consumer.accept(comparison.compare(method, pattern, file, seconds));
        }
    }

    /** Makes a compressed model and writes its file. */
    @FunctionalInterface
    private interface ModelWriter {

        void write(Path file) throws IOException, TranslateException;
    }
}
