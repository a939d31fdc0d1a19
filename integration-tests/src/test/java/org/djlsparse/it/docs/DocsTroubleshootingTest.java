package org.djlsparse.it.docs;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.djlsparse.GarbageCollectionGuard;
import org.djlsparse.Sparsifier;
import org.djlsparse.convert.AdaPrune;
import org.djlsparse.internal.torch.ProductKernels;
import org.djlsparse.kernel.LinearKernel;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/** Tests that the page of errors quotes common errors word by word; each error is provoked. */
class DocsTroubleshootingTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @TempDir Path folder;
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void patternsAndSolvers() throws IOException {
        assertQuoted(() -> NmPattern.of(5, 4));
        assertQuoted(() -> NmPattern.parse("2/4"));
        assertQuoted(() -> Sparsifier.builder().build());
        assertQuoted(
                () ->
                        Sparsifier.builder()
                                .setPattern(NmPattern.of(4, 8))
                                .optSolver(MaskSolver.enumeration())
                                .build());
    }

    @Test
    void shapes() throws IOException {
        Sparsifier tooSmall = sparsifier();
        tooSmall.wrap(linear(8, 3));
        assertQuoted(tooSmall::report);
        assertQuoted(
                () ->
                        Sparsifier.builder()
                                .setPattern(PATTERN)
                                .optLayers(LayerSelector.named("weight"))
                                .build()
                                .wrap(linear(8, 3)));
        assertQuoted(
                () ->
                        Sparsifier.builder()
                                .setPattern(PATTERN)
                                .optLayers(LayerSelector.named("head_weight"))
                                .build()
                                .wrap(SmallModel.newBlock()));
        assertQuoted(
                () ->
                        Sparsifier.builder()
                                .setPattern(NmPattern.of(4, 8))
                                .optPolicy(
                                        LayerPolicy.builder()
                                                .add(LayerSelector.matching(".*"), PATTERN)
                                                .addDense(LayerSelector.named("01Linear_weight"))
                                                .build())
                                .build()
                                .wrap(SmallModel.newBlock()));
        assertQuoted(
                () ->
                        Sparsifier.builder()
                                .setPattern(PATTERN)
                                .optPolicy(
                                        LayerPolicy.builder()
                                                .add(LayerSelector.matching("01.*"), PATTERN)
                                                .add(
                                                        LayerSelector.matching("03.*"),
                                                        NmPattern.of(4, 8))
                                                .build())
                                .build()
                                .wrap(shared()));
        assertQuoted(
                () ->
                        Sparsifier.builder()
                                .setPattern(PATTERN)
                                .optPolicy(
                                        LayerPolicy.builder()
                                                .addDense(LayerSelector.matching("01.*"))
                                                .build())
                                .optLayers(LayerSelector.named("03Linear_weight"))
                                .build()
                                .wrap(shared()));
        NDArray odd = manager.ones(new Shape(30, 16));
        assertQuoted(() -> ProductKernels.of(LinearKernel.packed()).pack(odd, manager));
        NDArray full = manager.ones(new Shape(4, 4));
        assertQuoted(() -> ProductKernels.of(LinearKernel.packed()).pack(full, manager));
    }

    @Test
    void wrappingAndListeners() throws IOException {
        Sparsifier sparsifier = sparsifier();
        assertQuoted(sparsifier::report);
        Block wrapped = sparsifier.wrap(SmallModel.newBlock());
        assertQuoted(() -> sparsifier.wrap(SmallModel.newBlock()));
        assertQuoted(() -> sparsifier().wrap(wrapped));
        assertQuoted(() -> sparsifier.unwrap(SmallModel.newBlock()));
        Path state = folder.resolve("state.safetensors");
        assertQuoted(() -> sparsifier.save(state));
        assertQuoted(() -> sparsifier.save(state, Optimizer.adam().build()));
        Sparsifier unwrapped = sparsifier();
        unwrapped.unwrap(unwrapped.wrap(linear(8, 8)));
        assertQuoted(() -> unwrapped.save(state));
        assertQuoted(unwrapped::report);
        try (Model model = Model.newInstance("model")) {
            model.setBlock(SmallModel.newBlock());
            DefaultTrainingConfig config = SmallModel.newConfig();
            config.addTrainingListeners(sparsifier.newListener());
            assertQuoted(() -> model.newTrainer(config));
            model.setBlock(wrapped);
            config.addTrainingListeners(sparsifier.newListener());
            assertQuoted(() -> model.newTrainer(config));
        }
    }

    @Test
    void trainingAfterUnwrapping() throws Exception {
        Sparsifier sparsifier = sparsifier();
        DefaultTrainingConfig config = SmallModel.newConfig();
        config.addTrainingListeners(sparsifier.newListener());
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier.wrap(SmallModel.newBlock()));
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(SmallModel.INPUT);
                sparsifier.unwrap(model.getBlock());
                assertQuoted(
                        () ->
                                EasyTrain.fit(
                                        trainer,
                                        1,
                                        SmallModel.newData(trainer.getManager()),
                                        null));
            }
        }
    }

    @Test
    void expressionsThatMatchNothing() throws IOException {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optLayers(LayerSelector.matching("Linear"))
                        .build();
        sparsifier.wrap(SmallModel.newBlock());
        assertThat(sparsifier.report().warnings()).singleElement().satisfies(this::isQuoted);
    }

    @Test
    void frozenWeights() throws IOException {
        Block frozen = linear(8, 8);
        frozen.freezeParameters(true);
        Sparsifier none = sparsifier();
        none.wrap(frozen);
        assertThat(none.report().warnings()).singleElement().satisfies(this::isQuoted);
        Sparsifier named =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optLayers(LayerSelector.named("weight"))
                        .build();
        named.wrap(frozen);
        assertThat(named.report().warnings()).singleElement().satisfies(this::isQuoted);
    }

    @Test
    void theListenerForgotten() throws Exception {
        Sparsifier sparsifier = sparsifier();
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier.wrap(SmallModel.newBlock()));
            try (Trainer trainer = model.newTrainer(SmallModel.newConfig())) {
                trainer.initialize(SmallModel.INPUT);
                EasyTrain.fit(trainer, 1, SmallModel.newData(trainer.getManager()), null);
            }
        }
        assertThat(sparsifier.report().warnings()).singleElement().satisfies(this::isQuoted);
    }

    @Test
    void weightsThatAreNotFinite() throws IOException {
        Block block = linear(8, 8);
        block.getParameters().get("weight").getArray().set(new NDIndex("3, 7"), Float.NaN);
        Sparsifier sparsifier = sparsifier();
        sparsifier.wrap(block);
        assertQuoted(sparsifier::report);
    }

    @Test
    void conversion() throws IOException {
        AdaPrune converter = AdaPrune.builder().setPattern(PATTERN).build();
        assertQuoted(() -> AdaPrune.builder().build());
        assertQuoted(() -> converter.convert(SmallModel.newBlock(), List.of()));
        assertQuoted(() -> converter.convert(sparsifier().wrap(linear(8, 8)), List.of()));
        NDList nan = new NDList(manager.full(new Shape(4, 8), Float.NaN));
        assertQuoted(() -> converter.convert(linear(8, 8), List.of(nan)));
        assertQuoted(() -> converter.convert(linear(8, 8), List.of()));
        assertQuoted(() -> converter.convert(linear(8, 3), List.of(nan)));
    }

    @Test
    void statesOfOtherRuns() throws IOException {
        Path state = folder.resolve("state.safetensors");
        Sparsifier saved = sparsifier();
        saved.wrap(linear(8, 8));
        saved.report();
        saved.save(state);
        Sparsifier other = sparsifier();
        other.wrap(linear(8, 16));
        assertQuoted(() -> other.load(state));
    }

    @Test
    void trainsUnderTheGuard() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        DefaultTrainingConfig config = SmallModel.newConfig();
        config.addTrainingListeners(new GarbageCollectionGuard());
        try (Model model = Model.newInstance("model")) {
            Block block = SmallModel.newBlock();
            model.setBlock(block);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(SmallModel.INPUT);
                NDArray weight = block.getParameters().get("01Linear_weight").getArray();
                float[] before = weight.toFloatArray();
                EasyTrain.fit(trainer, 1, SmallModel.newData(trainer.getManager()), null);
                assertThat(weight.toFloatArray()).isNotEqualTo(before).doesNotContain(Float.NaN);
            }
        }
    }

    /** The next steps of {@code doctor}, which depend on the machine. */
    @Test
    void nextStepsOfDoctor() throws IOException {
        String page = Files.readString(MarkdownPage.root().resolve("docs/troubleshooting.md"));
        String section = page.split("\n## No GPU\n", 2)[1].split("\n## ", 2)[0];
        Path source =
                MarkdownPage.root()
                        .resolve("examples/cli/src/main/java/org/djlsparse/cli/doctor")
                        .resolve("GpuAdvice.java");
        String code = Files.readString(source).replaceAll("\"\\s*\\+\\s*\"", "");
        assertThat(
                        Pattern.compile("(?m)^\\| `([^`]+?) \\.\\.\\.`")
                                .matcher(section)
                                .results()
                                .map(match -> match.group(1)))
                .hasSize(12)
                .allMatch(code::contains);
    }

    private Sparsifier sparsifier() {
        return Sparsifier.builder().setPattern(PATTERN).build();
    }

    private Block linear(int outputs, int inputs) {
        Block block = Linear.builder().setUnits(outputs).optBias(false).build();
        block.initialize(manager, DataType.FLOAT32, new Shape(1, inputs));
        return block;
    }

    /** Messages that do not occur on this machine: their parts on the page and in the code. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    torch/TorchMaskSolver.java | solver "torch": needs DJL's PyTorch engine on the class path (ai.djl.pytorch:pytorch-engine)
                    internal/torch/ScriptKernel.java | no CUDA device
                    internal/torch/ScriptKernel.java | does not run on
                    internal/torch/ScriptKernel.java | computes wrong products on
                    internal/torch/KernelKind.java | compute capability
                    internal/torch/KernelKind.java | .0 or higher
                    internal/torch/KernelKind.java | : must be a multiple of
                    internal/torch/NativeHooks.java | gradient hooks need Linux on x86-64, this is
                    internal/torch/NativeHooks.java | gradient hooks need DJL's PyTorch engine and JNA:
                    internal/nn/SparseBlock.java | : is an engine module without visible parameters; load it with the option trainParam=true
                    internal/torch/LayerProduct.java | : must be valid both ways
                    convert/ModelPass.java | : the forward pass failed:
                    OptimizerRestore.java | was saved without optimizer state: load it without an optimizer, or save it with one
                    OptimizerFields.java | is not accessible because its module is not open:
                    internal/nn/StepMemory.java | this version of DJL does not expose the memory of its arrays: a garbage collection during a training step on the CPU may corrupt the gradients
                    GarbageCollectionGuard.java | a garbage collection occurred during a training step: its gradients may be wrong and were set to zero
                    GarbageCollectionGuard.java | a garbage collection occurred in the first step: its gradients may be wrong, and DJL does not allow dropping them
                    """)
    void messagesOfOtherMachines(String file, String part) throws IOException {
        Path source = MarkdownPage.root().resolve("djl-sparse/src/main/java/org/djlsparse");
        String code = Files.readString(source.resolve(file)).replaceAll("\"\\s*\\+\\s*\"", "");
        assertThat(code.replace("\\\"", "\"")).contains(part);
        assertThat(quoted()).anyMatch(quotation -> quotation.contains(part));
    }

    /** Returns a model that contains a linear block twice. */
    private static Block shared() {
        Block twice = Linear.builder().setUnits(8).build();
        return new SequentialBlock().add(twice).add(Activation.reluBlock()).add(twice);
    }

    /** Checks that a message is quoted. A quotation that ends in three dots may be incomplete. */
    private void assertQuoted(ThrowingCallable call) throws IOException {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isNotNull();
        isQuoted(String.valueOf(thrown.getMessage()).replace(folder + "/", ""));
    }

    private void isQuoted(String message) throws IOException {
        assertThat(quoted())
                .as(message)
                .anyMatch(
                        quotation ->
                                quotation.endsWith("...")
                                        ? message.startsWith(
                                                quotation.substring(0, quotation.length() - 3))
                                        : message.equals(quotation));
    }

    /** Returns the texts between backquotes on the page that are long enough to be messages. */
    static List<String> quoted() throws IOException {
        Path page = MarkdownPage.root().resolve("docs/troubleshooting.md");
        Pattern quotation = Pattern.compile("`([^`]{12,})`");
        try (Stream<String> lines = Files.lines(page)) {
            return lines.flatMap(line -> quotation.matcher(line).results())
                    .map(result -> result.group(1))
                    .toList();
        }
    }
}
