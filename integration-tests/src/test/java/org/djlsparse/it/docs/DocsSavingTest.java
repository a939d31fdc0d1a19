package org.djlsparse.it.docs;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;

import org.djlsparse.ModelWeights;
import org.djlsparse.Sparsifier;
import org.djlsparse.io.CheckReport;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.MaskingReport;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSelector;
import org.djlsparse.io.WeightChecker;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.io.WeightMasker;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class DocsSavingTest {

    @TempDir Path folder;

    @Test
    void saves() throws Exception {
        Engine.getInstance().setRandomSeed(1);
        Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier.wrap(SmallModel.newBlock()));
            DefaultTrainingConfig config = SmallModel.newConfig();
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(SmallModel.INPUT);
                EasyTrain.fit(trainer, 1, SmallModel.newData(trainer.getManager()), null);
                model.save(folder, "model");
                sparsifier.save(folder.resolve("state.safetensors"), config.getOptimizer());
            }
            resume();

            model.setBlock(sparsifier.unwrap(model.getBlock()));
            model.save(folder, "sparse");
            assertThat(Files.exists(folder.resolve("sparse-0000.params"))).isTrue();
        }
    }

    private void resume() throws Exception {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
        DefaultTrainingConfig config = SmallModel.newConfig();
        Block block = SmallModel.newBlock();
        Shape shape = SmallModel.INPUT;
        try (Model model = Model.newInstance("model")) {
            model.setBlock(sparsifier.wrap(block));
            config.addTrainingListeners(sparsifier.newListener());
            model.load(folder, "model");
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(shape);
                sparsifier.load(folder.resolve("state.safetensors"), config.getOptimizer());
                EasyTrain.fit(trainer, 1, SmallModel.newData(trainer.getManager()), null);
            }
        }
        assertThat(sparsifier.report().step()).isEqualTo(16);
    }

    @Test
    void writesWeightsForOtherPrograms() throws Exception {
        Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
        try (Model model = Model.newInstance("model");
                NDManager manager = NDManager.newBaseManager()) {
            Block block = SmallModel.newBlock();
            block.initialize(manager, DataType.FLOAT32, SmallModel.INPUT);
            model.setBlock(sparsifier.wrap(block));
            assertThat(sparsifier.getMasks()).isNotEmpty();
            Block other = SmallModel.newBlock();
            other.initialize(manager, DataType.FLOAT32, SmallModel.INPUT);

            ModelWeights.write(
                    sparsifier.unwrap(model.getBlock()), folder.resolve("sparse.safetensors"));

            ModelWeights.read(other, folder.resolve("sparse.safetensors"));
            block.getParameters()
                    .forEach(
                            pair ->
                                    assertThat(other.getParameters().get(pair.getKey()).getArray())
                                            .isEqualTo(pair.getValue().getArray()));
        }
    }

    @Test
    void masksAndChecksFilesOfWeights() throws Exception {
        Path input = folder.resolve("dense.safetensors");
        Path output = folder.resolve("sparse.safetensors");
        List<TensorInfo> tensors =
                List.of(
                        TensorInfo.of("attn.weight", ElementType.F32, 4, 4),
                        TensorInfo.of("mlp.weight", ElementType.F32, 4, 4));
        byte[] ones = new byte[128];
        for (int i = 0; i < ones.length; i += 4) {
            ones[i + 2] = (byte) 0x80;
            ones[i + 3] = 0x3f;
        }
        try (WeightFileWriter writer = WeightFileWriter.create(input, tensors, Map.of(), false)) {
            writer.write(ones, 0, 64);
            writer.write(ones, 64, 64);
            writer.complete();
            writer.replace();
        }

        WeightMasker masker = WeightMasker.builder().setPattern(NmPattern.of(2, 4)).build();
        MaskingReport masked = masker.mask(input, output); // output may be input

        WeightChecker checker = WeightChecker.builder().setPattern(NmPattern.of(2, 4)).build();
        CheckReport checked = checker.check(output);
        boolean transposable = checked.isTransposable();

        assertThat(masked.tensors()).hasSize(2);
        assertThat(masked.tensors().get(0).keptMagnitude()).isEqualTo(0.5);
        assertThat(checked.tensors()).hasSize(2);
        assertThat(transposable).isTrue();
        choosesTensors(input, output);
    }

    private static void choosesTensors(Path input, Path output) throws Exception {
        WeightMasker masker =
                WeightMasker.builder()
                        .setPattern(NmPattern.of(2, 4))
                        .optSolver(MaskSolver.exact())
                        .optTensors(TensorSelector.builder().addExclude("mlp.*").build())
                        .build();

        assertThat(masker.mask(input, output).tensors()).hasSize(1);
        WeightChecker checker = WeightChecker.builder().setPattern(NmPattern.of(2, 4)).build();
        assertThat(checker.check(output).isTransposable()).isFalse();
    }

    @Test
    void readsFilesOfWeights() throws Exception {
        Path path = folder.resolve("weights.safetensors");
        List<TensorInfo> tensors = List.of(TensorInfo.of("weight", ElementType.F32, 4, 4));
        try (WeightFileWriter writer = WeightFileWriter.create(path, tensors, Map.of(), false)) {
            writer.write(new byte[64], 0, 64);
            writer.complete();
            writer.replace();
        }

        long bytes = 0;
        try (WeightFile file = WeightFile.open(path)) { // compressed or not
            for (TensorInfo tensor : file.getTensors()) {
                try (InputStream in = file.newInputStream(tensor)) {
                    bytes += in.readAllBytes().length;
                }
            }
        }

        assertThat(bytes).isEqualTo(64);
    }
}
