package org.djlsparse;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDManager.SystemNDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.optimizer.Adam;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.djlsparse.SteppedRun.Snapshot;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.MaskFile;
import org.djlsparse.io.MaskFileReader;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSource;
import org.djlsparse.io.WeightFileException;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Tests of interrupted runs, with optimizers that keep state, against uninterrupted ones. */
class OptimizerStateTest {

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @TempDir Path folder;

    static Stream<Arguments> runs() {
        List<Arguments> runs = new ArrayList<>();
        for (String optimizer :
                List.of("adam", "adamW", "momentum", "sgd", "warm-up", "cosine", "own", "scaled")) {
            for (String rule : List.of("masked", "sr-ste")) {
                // The masks are refreshed at the beginning of step 6.
                for (int step : new int[] {0, 3, 6, 7}) {
                    runs.add(Arguments.of(optimizer, rule, step));
                }
            }
        }
        return runs.stream();
    }

    @ParameterizedTest
    @MethodSource("runs")
    void goesOnAsIfNothingHadHappened(String optimizer, String rule, int interruptedAt)
            throws Exception {
        assertResumes(optimizer, rule, interruptedAt, DataType.FLOAT32);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT64, adam", "FLOAT16, momentum"})
    void otherPrecisionsGoOnToo(DataType type, String optimizer) throws Exception {
        assertResumes(optimizer, "masked", 7, type);
    }

    private void assertResumes(String optimizer, String rule, int interruptedAt, DataType type)
            throws Exception {
        Snapshot whole;
        try (SteppedRun run = run(sparsifier(rule), optimizer(optimizer), type, null)) {
            run.train(0, SteppedRun.STEPS);
            whole = run.snapshot();
        }
        Path state = folder.resolve("state.safetensors");
        Sparsifier first = sparsifier(rule);
        Optimizer before = optimizer(optimizer);
        Snapshot saved;
        try (SteppedRun run = run(first, before, type, null)) {
            run.train(0, interruptedAt);
            run.getModel().save(folder, "model");
            first.save(state, before);
            saved = run.snapshot();
        }
        Sparsifier second = sparsifier(rule);
        Optimizer after = optimizer(optimizer);
        try (SteppedRun run = run(second, after, type, folder)) {
            second.load(state, after);
            assertSame(run.snapshot(), saved);
            run.train(interruptedAt, SteppedRun.STEPS);
            assertSame(run.snapshot(), whole);
        }
    }

    @Test
    void itsArraysStandOnTheirOwn() throws Exception {
        Path state = saved("adam");
        Optimizer adam = optimizer("adam");
        Sparsifier sparsifier = sparsifier("masked");
        List<NDArray> arrays;
        try (SteppedRun run = run(sparsifier, adam, DataType.FLOAT32, folder)) {
            int before = ResourceCount.of(run.getModel().getNDManager());
            sparsifier.load(state, adam);
            arrays = arrays(adam);
            assertThat(arrays).hasSize(12);
            for (NDArray array : arrays) {
                assertThat(array.getManager()).isInstanceOf(SystemNDManager.class);
                Field shared = array.getClass().getDeclaredField("dataRef");
                shared.setAccessible(true);
                assertThat(shared.get(array)).as("memory of Java's").isNull();
            }
            sparsifier.load(state, adam);
            assertThat(arrays).as("replaced").allMatch(NDArray::isReleased);
            sparsifier.save(folder.resolve("again.safetensors"), adam);
            assertThat(ResourceCount.of(run.getModel().getNDManager())).isEqualTo(before);
            arrays = arrays(adam);
        }
        assertThat(arrays).as("after the model").noneMatch(NDArray::isReleased);
        assertThat(folder.resolve("again.safetensors")).hasSameBinaryContentAs(state);
    }

    @Test
    void ofAModelInPartWrappedAllParametersAreKept() throws Exception {
        Snapshot whole;
        Sparsifier sparsifier = sparsifier("masked");
        Optimizer adam = optimizer("adam");
        try (SteppedRun run =
                new SteppedRun(sparsifier, part(sparsifier), adam, DataType.FLOAT32, null)) {
            run.train(0, 9);
            run.getModel().save(folder, "model");
            sparsifier.save(folder.resolve("state.safetensors"), adam);
            run.train(9, SteppedRun.STEPS);
            whole = run.snapshot();
        }
        Sparsifier second = sparsifier("masked");
        Optimizer after = optimizer("adam");
        try (SteppedRun run =
                new SteppedRun(second, part(second), after, DataType.FLOAT32, folder)) {
            second.load(folder.resolve("state.safetensors"), after);
            run.train(9, SteppedRun.STEPS);
            assertSame(run.snapshot(), whole);
        }
    }

    private static Block part(Sparsifier sparsifier) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(16).build())
                .add(sparsifier.wrap(SteppedRun.network(16)));
    }

    @Test
    void frozenParametersNeedNoState() throws Exception {
        Path state = folder.resolve("state.safetensors");
        Sparsifier sparsifier = sparsifier("masked");
        Optimizer adam = optimizer("adam");
        Snapshot saved;
        try (SteppedRun run = run(sparsifier, adam, DataType.FLOAT32, null)) {
            freeze(run, "04Linear_bias");
            run.train(0, 3);
            freeze(run, "04Linear_weight");
            run.train(3, 5);
            run.getModel().save(folder, "model");
            sparsifier.save(state, adam);
            saved = run.snapshot();
            assertThat(saved.optimizer())
                    .containsKey("Adam.means/04Linear_weight/cpu()")
                    .doesNotContainKey("Adam.means/04Linear_bias/cpu()");
        }
        Sparsifier second = sparsifier("masked");
        Optimizer after = optimizer("adam");
        try (SteppedRun run = run(second, after, DataType.FLOAT32, folder)) {
            assertRefused(
                    run,
                    () -> second.load(state, after),
                    "state of another model: it lacks parameter \"04Linear_bias\"");
            freeze(run, "04Linear_bias");
            second.load(state, after);
            assertSame(run.snapshot(), saved);
        }
    }

    private static void freeze(SteppedRun run, String parameter) {
        run.getModel().getBlock().getParameters().get(parameter).freeze(true);
    }

    @Test
    void withoutAnOptimizerItsStateIsLeftOut() throws Exception {
        Path state = saved("adam");
        Map<String, String> weightsAtStepNine;
        try (SteppedRun run =
                run(sparsifier("masked"), optimizer("adam"), DataType.FLOAT32, null)) {
            run.train(0, 9);
            weightsAtStepNine = run.snapshot().weights();
        }
        Sparsifier sparsifier = sparsifier("masked");
        try (SteppedRun run = run(sparsifier, optimizer("adam"), DataType.FLOAT32, folder)) {
            Map<String, String> before = run.snapshot().optimizer();
            sparsifier.load(state);
            assertThat(run.snapshot().step()).isEqualTo(5);
            assertThat(run.snapshot().optimizer()).isEqualTo(before);
            run.train(5, 9);
            assertThat(run.snapshot().weights()).isNotEqualTo(weightsAtStepNine);
        }
        flip(state, Files.size(state) - 40); // in the last array
        assertDamaged(() -> sparsifier.load(state), "is damaged: its checksum does not match");
    }

    @Test
    void anOptimizerWithoutStateHasNothingToKeep() throws Exception {
        Path state = folder.resolve("state.safetensors");
        Optimizer stateless = new PlainDescent();
        Sparsifier sparsifier = sparsifier("masked");
        try (SteppedRun run = run(sparsifier, stateless, DataType.FLOAT32, null)) {
            run.train(0, 5);
            sparsifier.save(state, stateless);
            try (MaskFileReader file = MaskFileReader.open(state)) {
                assertThat(file.getTensors()).isEmpty();
            }
            Snapshot before = run.snapshot();
            sparsifier.load(state, stateless);
            assertSame(run.snapshot(), before);
        }
    }

    @Test
    void refusesTheStateOfAnotherOptimizerOrModel() throws Exception {
        Path state = saved("adam");
        assertRefused(
                state,
                optimizer("adamW"),
                SteppedRun.network(16),
                PATTERN,
                DataType.FLOAT32,
                "state of the optimizer ai.djl.training.optimizer.Adam: must be of"
                        + " ai.djl.training.optimizer.AdamW");
        assertRefused(
                state,
                optimizer("adam"),
                SteppedRun.network(32),
                PATTERN,
                DataType.FLOAT32,
                "its parameter \"01Linear_weight\" is float32 (16, 16), must be float32 (32, 16)");
        assertRefused(
                state,
                optimizer("adam"),
                SteppedRun.network(16),
                PATTERN,
                DataType.FLOAT64,
                "its parameter \"01Linear_weight\" is float32 (16, 16), must be float64 (16, 16)");
        assertRefused(
                state,
                optimizer("adam"),
                SteppedRun.network(16).add(Linear.builder().setUnits(8).build()),
                PATTERN,
                DataType.FLOAT32,
                "state of another model: it lacks parameter \"05Linear_weight\"");
        assertRefused(
                state,
                optimizer("adam"),
                new SequentialBlock()
                        .add(Linear.builder().setUnits(16).build())
                        .add(list -> new NDList(list.singletonOrThrow().get(":, :8"))),
                PATTERN,
                DataType.FLOAT32,
                "it has parameters that this one lacks: [02BatchNorm_beta, 02BatchNorm_gamma,"
                        + " 04Linear_bias, 04Linear_weight]");
        // Detected only after the optimizer's arrays have been created.
        assertRefused(
                state,
                optimizer("adam"),
                SteppedRun.network(16),
                NmPattern.of(1, 4),
                DataType.FLOAT32,
                "2:4 of 16 x 16: must be 1:4");
    }

    private void assertRefused(
            Path state,
            Optimizer optimizer,
            Block block,
            NmPattern pattern,
            DataType type,
            String message)
            throws Exception {
        Sparsifier sparsifier = SteppedRun.sparsifier(GradientRule.masked(), pattern);
        try (SteppedRun run =
                new SteppedRun(sparsifier, sparsifier.wrap(block), optimizer, type, null)) {
            run.train(0, 7);
            assertRefused(run, () -> sparsifier.load(state, optimizer), message);
        }
    }

    @Test
    void refusesAStateThatIsNotWhole() throws Exception {
        Path state = saved("adam");
        String first = "optimizer/ai.djl.training.optimizer.Adam.means/01Linear_weight";
        Map<String, Consumer<Content>> wrong = new LinkedHashMap<>();
        wrong.put(
                "lacks tensor \"" + first + "\"",
                content -> content.tensors.removeIf(t -> t.tensor().name().equals(first)));
        wrong.put(
                "has tensors that belong to no parameter: [more]",
                content ->
                        content.tensors.add(
                                new TensorSource(
                                        TensorInfo.of("more", ElementType.F32, 0), out -> {})));
        wrong.put(
                "tensor \"" + first + "\" is of type I32: must be of 16, 32 or 64 bit floats",
                content -> {
                    TensorSource source = content.tensors.remove(0);
                    content.tensors.add(
                            new TensorSource(
                                    TensorInfo.of(first, ElementType.I32, 16, 16), source.data()));
                });
        wrong.put(
                "this one has no field ai.djl.training.optimizer.Adam.median",
                content ->
                        content.notes.merge(
                                "optimizer.fields.01Linear_weight",
                                " ai.djl.training.optimizer.Adam.median",
                                String::concat));
        wrong.put(
                "lacks note fields.01Linear_weight",
                content -> content.notes.remove("optimizer.fields.01Linear_weight"));
        wrong.put(
                "note count.01Linear_weight is five",
                content -> content.notes.put("optimizer.count.01Linear_weight", "five"));
        wrong.put("lacks note updates", content -> content.notes.remove("optimizer.updates"));
        wrong.put("lacks note class", content -> content.notes.remove("optimizer.class"));
        wrong.put(
                "was saved without optimizer state: load it without an optimizer, or save it with"
                        + " one",
                content -> content.notes.keySet().removeIf(key -> key.startsWith("optimizer.")));
        wrong.put(
                "was not written by Sparsifier.save: its metadata lacks \"step\"",
                content -> content.notes.remove("step"));
        wrong.put(
                "its metadata's \"epoch\" is \"five\", must be a whole number",
                content -> content.notes.put("epoch", "five"));
        Optimizer adam = optimizer("adam");
        Sparsifier sparsifier = sparsifier("masked");
        try (SteppedRun run = run(sparsifier, adam, DataType.FLOAT32, null)) {
            run.train(0, 7);
            for (Map.Entry<String, Consumer<Content>> entry : wrong.entrySet()) {
                Path changed = folder.resolve("changed.safetensors");
                Content.change(state, changed, entry.getValue());
                assertRefused(run, () -> sparsifier.load(changed, adam), entry.getKey());
            }
            Content.change(state, folder.resolve("same.safetensors"), content -> {});
            sparsifier.load(folder.resolve("same.safetensors"), adam);
        }
    }

    @Test
    void refusesAFileThatIsDamaged() throws Exception {
        Path state = saved("momentum");
        byte[] bytes = Files.readAllBytes(state);
        Path bad = folder.resolve("bad.safetensors");
        Optimizer optimizer = optimizer("momentum");
        Sparsifier sparsifier = sparsifier("masked");
        try (SteppedRun run = run(sparsifier, optimizer, DataType.FLOAT32, folder)) {
            sparsifier.load(state, optimizer);
            Snapshot saved = run.snapshot();
            run.train(5, 7);
            assertRefused(run, () -> sparsifier.load(bad, optimizer), "no such file");
            for (int length : new int[] {0, 5, 300, bytes.length / 2, bytes.length - 1}) {
                Files.write(bad, Arrays.copyOf(bytes, length));
                assertRefused(run, () -> sparsifier.load(bad, optimizer), "bad.safetensors");
            }
            Files.writeString(
                    bad,
                    new String(bytes, StandardCharsets.ISO_8859_1)
                            .replace("\"djl-sparse.masks\":\"1\"", "\"djl-sparse.masks\":\"2\""),
                    StandardCharsets.ISO_8859_1);
            assertRefused(
                    run,
                    () -> sparsifier.load(bad, optimizer),
                    "is of version 2 of the format: must be 1");
            Snapshot now = run.snapshot();
            int refused = 0;
            for (int at = 0; at < bytes.length; at += 5) {
                byte[] flipped = bytes.clone();
                flipped[at] ^= (byte) (1 << at % 8);
                Files.write(bad, flipped);
                try {
                    sparsifier.load(bad, optimizer);
                    // Spaces between the header's tokens have no meaning.
                    assertSame(run.snapshot(), saved);
                    now = saved;
                } catch (WeightFileException e) {
                    assertThat(e).hasMessageContaining("bad.safetensors");
                    assertSame(run.snapshot(), now);
                    refused++;
                }
            }
            assertThat(refused).isGreaterThan(bytes.length / 5 - 10);
        }
    }

    @Test
    void refusesAnOptimizerWhoseStateItCannotKeep() throws Exception {
        Path state = saved("adam");
        Map<Optimizer, String> wrong = new LinkedHashMap<>();
        wrong.put(
                new PlainDescent() {
                    @SuppressWarnings("unused") // by reflection
                    Map<String, NDArray> sums = new HashMap<>();
                },
                "sums is of type java.util.Map<java.lang.String, ai.djl.ndarray.NDArray>: state"
                        + " must be in a Map<String, Map<Device, NDArray>>");
        wrong.put(
                new PlainDescent() {
                    @SuppressWarnings("unused") // by reflection
                    Optimizer inner = optimizer("adam");
                },
                "inner is of type ai.djl.training.optimizer.Optimizer: state must be in");
        wrong.put(
                new PlainDescent() {
                    @SuppressWarnings("unused") // by reflection
                    @Nullable Map<String, Map<Device, NDArray>> sums = null;
                },
                "sums is null: must be a map");
        for (Map.Entry<Optimizer, String> entry : wrong.entrySet()) {
            Sparsifier sparsifier = sparsifier("masked");
            try (SteppedRun run = run(sparsifier, entry.getKey(), DataType.FLOAT32, null)) {
                run.train(0, 5);
                String name = "optimizer " + entry.getKey().getClass().getName() + ": field ";
                Path other = folder.resolve("other.safetensors");
                assertRefused(
                        run, () -> sparsifier.save(other, entry.getKey()), name, entry.getValue());
                assertThat(other).doesNotExist();
                assertRefused(
                        run, () -> sparsifier.load(state, entry.getKey()), name, entry.getValue());
            }
        }
    }

    @Test
    void refusesArraysOfOtherTypes() throws Exception {
        Map<String, Map<Device, NDArray>> counts = new HashMap<>();
        Optimizer counting =
                new PlainDescent() {
                    @SuppressWarnings("unused") // by reflection
                    Map<String, Map<Device, NDArray>> state = counts;
                };
        Sparsifier sparsifier = sparsifier("masked");
        try (SteppedRun run = run(sparsifier, counting, DataType.FLOAT32, null)) {
            Block block = run.getModel().getBlock();
            NDManager manager = run.getModel().getNDManager();
            counts.put(
                    block.getParameters().get(0).getValue().getId(),
                    Map.of(Device.cpu(), manager.create(new int[] {1, 2})));
            assertRefused(
                    run,
                    () -> sparsifier.save(folder.resolve("state.safetensors"), counting),
                    "state/01Linear_weight\" is of type int32: must be of 16, 32 or 64 bit floats");
        }
    }

    @Test
    void refusesAnOptimizerOutOfReach() throws Exception {
        Optimizer closed = ClosedModule.newOptimizer(folder);
        Sparsifier sparsifier = sparsifier("masked");
        try (SteppedRun run = run(sparsifier, optimizer("adam"), DataType.FLOAT32, null)) {
            run.train(0, 5);
            assertRefused(
                    run,
                    () -> sparsifier.save(folder.resolve("state.safetensors"), closed),
                    "optimizer closed.ClosedOptimizer: field closed.ClosedOptimizer.state is not"
                            + " accessible because its module is not open: start Java with"
                            + " --add-opens closed/closed=ALL-UNNAMED");
        }
    }

    @Test
    void refusesAnOptimizerOfTwoModels() throws Exception {
        Path state = saved("adam");
        Optimizer adam = optimizer("adam");
        Sparsifier other = sparsifier("masked");
        try (SteppedRun run = run(other, adam, DataType.FLOAT32, null)) {
            run.train(0, 1);
        }
        Sparsifier sparsifier = sparsifier("masked");
        try (SteppedRun run = run(sparsifier, adam, DataType.FLOAT32, null)) {
            run.train(0, 1);
            String message =
                    "optimizer ai.djl.training.optimizer.Adam: has state of 6 parameters that the"
                            + " model lacks; build one optimizer per model";
            assertRefused(
                    run, () -> sparsifier.save(folder.resolve("two.safetensors"), adam), message);
            assertRefused(run, () -> sparsifier.load(state, adam), message);
        }
    }

    @Test
    void needsATrainer() throws Exception {
        Path state = saved("adam");
        Sparsifier sparsifier = sparsifier("masked");
        Block block = sparsifier.wrap(SteppedRun.network(16));
        try (NDManager manager = NDManager.newBaseManager()) {
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 16));
            for (ThrowingCallable call :
                    List.<ThrowingCallable>of(
                            () -> sparsifier.save(state, optimizer("adam")),
                            () -> sparsifier.load(state, optimizer("adam")))) {
                assertThatIllegalStateException()
                        .isThrownBy(call)
                        .withMessageStartingWith("no trainer yet: add newListener()");
            }
            block.clear();
        }
    }

    private static void assertRefused(SteppedRun run, ThrowingCallable call, String... messages) {
        Snapshot before = run.snapshot();
        int arrays = ResourceCount.of(run.getModel().getNDManager());
        assertThatThrownBy(call)
                .isInstanceOfAny(IllegalArgumentException.class, WeightFileException.class)
                .message()
                .contains(messages);
        assertSame(run.snapshot(), before);
        assertThat(ResourceCount.of(run.getModel().getNDManager())).isEqualTo(arrays);
    }

    private static void assertSame(Snapshot actual, Snapshot expected) {
        assertThat(actual.step()).isEqualTo(expected.step());
        assertThat(actual.masks()).isEqualTo(expected.masks());
        assertThat(actual.weights()).isEqualTo(expected.weights());
        assertThat(actual.optimizer()).isEqualTo(expected.optimizer());
    }

    private static void assertDamaged(ThrowingCallable call, String message) {
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(call)
                .withMessageContaining(message);
    }

    /** Saves the model and the state of a run of five steps in the folder. */
    private Path saved(String optimizer) throws Exception {
        Path state = folder.resolve("state.safetensors");
        Sparsifier sparsifier = sparsifier("masked");
        Optimizer saved = optimizer(optimizer);
        try (SteppedRun run = run(sparsifier, saved, DataType.FLOAT32, null)) {
            run.train(0, 5);
            run.getModel().save(folder, "model");
            sparsifier.save(state, saved);
        }
        return state;
    }

    private static void flip(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 1;
        Files.write(file, bytes);
    }

    private static List<NDArray> arrays(Optimizer adam) throws ReflectiveOperationException {
        List<NDArray> arrays = new ArrayList<>();
        for (String name : List.of("means", "variances")) {
            Field field = Adam.class.getDeclaredField(name);
            field.setAccessible(true);
            for (Object states : ((Map<?, ?>) field.get(adam)).values()) {
                ((Map<?, ?>) states).values().forEach(array -> arrays.add((NDArray) array));
            }
        }
        return arrays;
    }

    private static SteppedRun run(
            Sparsifier sparsifier, Optimizer optimizer, DataType type, @Nullable Path weights)
            throws Exception {
        Block block = sparsifier.wrap(SteppedRun.network(16));
        return new SteppedRun(sparsifier, block, optimizer, type, weights);
    }

    private static Sparsifier sparsifier(String rule) {
        return SteppedRun.sparsifier(
                rule.equals("masked") ? GradientRule.masked() : GradientRule.srSte(0.1f), PATTERN);
    }

    private static Optimizer optimizer(String name) {
        Tracker fixed = Tracker.fixed(0.02f);
        Tracker warmUp =
                Tracker.warmUp()
                        .optWarmUpSteps(8)
                        .optWarmUpBeginValue(0.001f)
                        .setMainTracker(
                                Tracker.factor().setBaseValue(0.05f).setFactor(0.8f).build())
                        .build();
        Tracker cosine =
                Tracker.cosine()
                        .setBaseValue(0.05f)
                        .optFinalValue(0.001f)
                        .setMaxUpdates(20)
                        .build();
        return switch (name) {
            case "adam" -> Optimizer.adam().optLearningRateTracker(fixed).build();
            case "adamW" -> Optimizer.adamW().optLearningRateTracker(fixed).build();
            case "momentum" ->
                    Optimizer.sgd().setLearningRateTracker(fixed).optMomentum(0.9f).build();
            case "sgd" -> Optimizer.sgd().setLearningRateTracker(fixed).build();
            case "warm-up" -> Optimizer.adam().optLearningRateTracker(warmUp).build();
            case "cosine" -> Optimizer.sgd().setLearningRateTracker(cosine).build();
            case "own" -> new PlainDescent.Rolling();
            default -> new PlainDescent.Scaled();
        };
    }

    /** The content of a file, which can be changed and written with a matching checksum. */
    private static final class Content {

        private final Map<String, String> notes;
        private final Map<String, Mask> masks;
        private final List<TensorSource> tensors = new ArrayList<>();

        private Content(MaskFileReader file) throws IOException {
            notes = new TreeMap<>(file.getContent().notes());
            masks = file.getContent().masks();
            for (TensorInfo tensor : file.getTensors()) {
                try (InputStream in = file.newInputStream(tensor)) {
                    byte[] bytes = in.readAllBytes();
                    tensors.add(new TensorSource(tensor, out -> out.write(bytes)));
                }
            }
        }

        static void change(Path from, Path to, Consumer<Content> change) throws IOException {
            try (MaskFileReader file = MaskFileReader.open(from)) {
                Content content = new Content(file);
                change.accept(content);
                new MaskFile(content.notes, content.masks).write(to, content.tensors);
            }
        }
    }
}
