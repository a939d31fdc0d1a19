package org.djlsparse.it;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.NoopTranslator;
import ai.djl.util.Pair;

import org.djlsparse.GarbageCollectionGuard;
import org.djlsparse.Sparsifier;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests of the wrapper around DJL's own models; {@link LargeZooModelsTest} has the larger ones. */
class ZooModelsTest {

    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"RESNET_50", "SQUEEZENET", "MOBILENET_V2"})
    private @interface OnEachModel {}

    private static final NmPattern PATTERN = NmPattern.of(2, 4);

    @OnEachModel
    void masksAreValidBothWaysBeforeDuringAndAfterTraining(ZooModel zoo) throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder().setPattern(PATTERN).optSchedule(MaskSchedule.every(2)).build();
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Model.newInstance("zoo")) {
            model.setBlock(sparsifier.wrap(zoo.newBlock()));
            try (Trainer trainer = newTrainer(model, sparsifier)) {
                trainer.initialize(zoo.getInputShapes());
                Map<String, Mask> before = sparsifier.getMasks();
                assertThat(before).hasSize(zoo.getMaskedLayers());
                assertValid(before);
                ArrayDataset data = zoo.newDataset(trainer.getManager());
                for (Batch batch : trainer.iterateDataset(data)) {
                    EasyTrain.trainBatch(trainer, batch);
                    assertValid(sparsifier.getMasks());
                    trainer.step();
                    batch.close();
                }
                assertThat(sparsifier.getMasks()).isNotEqualTo(before);
            }
            Map<String, Mask> masks = sparsifier.getMasks();
            assertValid(masks);
            assertThat(sparsifier.report().isTransposable()).isTrue();

            Block plain = sparsifier.unwrap(model.getBlock());
            for (Map.Entry<String, Mask> entry : masks.entrySet()) {
                NDArray weight = plain.getParameters().get(entry.getKey()).getArray();
                assertNonZeros(entry.getKey(), weight);
            }
        }
    }

    @OnEachModel
    void unwrappedModelsAreSavedAndLoadedByPlainDjl(ZooModel zoo, @TempDir Path folder)
            throws Exception {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        List<ByteBuffer> wrapped;
        Map<String, ByteBuffer> weights;
        try (Model model = Model.newInstance("zoo")) {
            model.setBlock(sparsifier.wrap(zoo.newBlock()));
            try (Trainer trainer = newTrainer(model, sparsifier)) {
                trainer.initialize(zoo.getInputShapes());
                EasyTrain.fit(trainer, 1, zoo.newDataset(trainer.getManager()), null);
            }
            wrapped = predict(model, zoo);
            model.setBlock(sparsifier.unwrap(model.getBlock()));
            assertThat(predict(model, zoo)).isEqualTo(wrapped);
            weights = weights(model);
            model.save(folder, "zoo");
        }
        try (Model plain = Model.newInstance("zoo")) {
            plain.setBlock(zoo.newBlock());
            plain.load(folder, "zoo");
            assertThat(weights(plain)).isEqualTo(weights);
            if (zoo != ZooModel.DEEPAR) { // its last bits depend on the alignment of its arrays
                assertThat(predict(plain, zoo)).isEqualTo(wrapped);
            }
        }
    }

    @OnEachModel
    void aWrappedModelIsSavedDenseAndLoadsInPlainDjl(ZooModel zoo, @TempDir Path folder)
            throws Exception {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(PATTERN).build();
        Map<String, ByteBuffer> weights;
        try (Model model = Model.newInstance("zoo")) {
            model.setBlock(sparsifier.wrap(zoo.newBlock()));
            try (Trainer trainer = newTrainer(model, sparsifier)) {
                trainer.initialize(zoo.getInputShapes());
                EasyTrain.fit(trainer, 1, zoo.newDataset(trainer.getManager()), null);
            }
            weights = weights(model);
            model.save(folder, "zoo");
        }
        try (Model plain = Model.newInstance("zoo")) {
            plain.setBlock(zoo.newBlock());
            plain.load(folder, "zoo");
            assertThat(weights(plain).equals(weights)).isTrue();
        }
    }

    @OnEachModel
    void withMasksOffTrainingIsPlainDjlToTheBit(ZooModel zoo) throws Exception {
        Engine.getInstance(); // loads the library
        int threads = JniUtils.getNumThreads();
        // On several threads, an embedding's gradients are added up in any order, even in plain
        // DJL.
        JniUtils.setNumThreads(1);
        try {
            assertOffIsPlain(zoo);
        } finally {
            JniUtils.setNumThreads(threads);
        }
    }

    private static void assertOffIsPlain(ZooModel zoo) throws Exception {
        List<Map<String, ByteBuffer>> runs = new ArrayList<>();
        for (boolean wrap : new boolean[] {false, true}) {
            Sparsifier sparsifier =
                    Sparsifier.builder()
                            .setPattern(PATTERN)
                            .optSchedule(MaskSchedule.off())
                            .build();
            Engine.getInstance().setRandomSeed(5);
            try (Model model = Model.newInstance("zoo")) {
                model.setBlock(wrap ? sparsifier.wrap(zoo.newBlock()) : zoo.newBlock());
                DefaultTrainingConfig config = config();
                config.addTrainingListeners(
                        wrap ? sparsifier.newListener() : new GarbageCollectionGuard());
                try (Trainer trainer = model.newTrainer(config)) {
                    trainer.initialize(zoo.getInputShapes());
                    EasyTrain.fit(trainer, 1, zoo.newDataset(trainer.getManager()), null);
                }
                runs.add(weights(model));
            }
        }
        assertThat(runs.get(1)).isEqualTo(runs.get(0));
    }

    @ParameterizedTest
    @EnumSource(
            value = ZooModel.class,
            names = {"LENET", "TRANSFORMER_ENCODER"})
    void twoHundredStepsHoldOnToNothing(ZooModel zoo) throws Exception {
        Sparsifier sparsifier =
                Sparsifier.builder()
                        .setPattern(PATTERN)
                        .optSchedule(MaskSchedule.every(9))
                        .optRule(GradientRule.straightThrough())
                        .build();
        try (Model model = Model.newInstance("zoo");
                NDManager manager = NDManager.newBaseManager()) {
            model.setBlock(sparsifier.wrap(zoo.newBlock()));
            try (Trainer trainer = newTrainer(model, sparsifier)) {
                trainer.initialize(zoo.getInputShapes());
                ArrayDataset data = zoo.newDataset(manager);
                EasyTrain.fit(trainer, 2, data, null);
                // All resources that the model's and the trainer's managers own directly.
                int model0 = model.getNDManager().getManagedArrays().size();
                int trainer0 = trainer.getManager().getManagedArrays().size();
                EasyTrain.fit(trainer, 50, data, null);
                assertThat(model.getNDManager().getManagedArrays()).hasSize(model0);
                assertThat(trainer.getManager().getManagedArrays()).hasSize(trainer0);
            }
        }
    }

    private static Trainer newTrainer(Model model, Sparsifier sparsifier) {
        DefaultTrainingConfig config = config();
        config.addTrainingListeners(sparsifier.newListener());
        return model.newTrainer(config);
    }

    private static DefaultTrainingConfig config() {
        return new DefaultTrainingConfig(ZooModel.newLoss()).optOptimizer(Optimizer.adam().build());
    }

    static List<ByteBuffer> predict(Model model, ZooModel zoo) throws Exception {
        try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator(null));
                NDManager manager = NDManager.newBaseManager()) {
            List<ByteBuffer> values = new ArrayList<>();
            for (NDArray output : predictor.predict(zoo.newInput(manager))) {
                values.add(bits(output));
            }
            return values;
        }
    }

    private static Map<String, ByteBuffer> weights(Model model) {
        Map<String, ByteBuffer> weights = new LinkedHashMap<>();
        for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
            weights.put(pair.getKey(), bits(pair.getValue().getArray()));
        }
        return weights;
    }

    static void assertValid(Map<String, Mask> masks) {
        masks.forEach(
                (name, mask) -> {
                    boolean[] keep = mask.toBooleanArray();
                    long[] shape = {
                        mask.getShape().rows(), mask.getShape().columns(), mask.getShape().taps()
                    };
                    assertGroups(name, keep, shape);
                });
    }

    private static void assertNonZeros(String name, NDArray weight) {
        float[] values = weight.toFloatArray();
        boolean[] keep = new boolean[values.length];
        for (int i = 0; i < keep.length; i++) {
            keep[i] = values[i] != 0;
        }
        Shape shape = weight.getShape();
        assertGroups(
                name,
                keep,
                new long[] {
                    shape.get(0), shape.get(1), shape.size() / shape.get(0) / shape.get(1)
                });
    }

    /**
     * Checks that at most two of any four consecutive inputs of an output, and outputs of an input,
     * are kept.
     */
    private static void assertGroups(String name, boolean[] keep, long[] shape) {
        int outputs = (int) shape[0];
        int inputs = (int) shape[1];
        int taps = (int) shape[2];
        for (int tap = 0; tap < taps; tap++) {
            int[][] alongInputs = new int[outputs][(inputs + 3) / 4];
            int[][] alongOutputs = new int[inputs][(outputs + 3) / 4];
            for (int output = 0; output < outputs; output++) {
                for (int input = 0; input < inputs; input++) {
                    if (keep[(output * inputs + input) * taps + tap]) {
                        alongInputs[output][input / 4]++;
                        alongOutputs[input][output / 4]++;
                    }
                }
            }
            assertThat(most(alongInputs)).as("%s along inputs", name).isLessThanOrEqualTo(2);
            assertThat(most(alongOutputs)).as("%s along outputs", name).isLessThanOrEqualTo(2);
        }
    }

    private static int most(int[][] counts) {
        return Arrays.stream(counts).flatMapToInt(Arrays::stream).max().orElseThrow();
    }

    /** Returns the exact values, in a form that is compared by content. */
    private static ByteBuffer bits(NDArray array) {
        return ByteBuffer.wrap(array.toByteArray());
    }
}
