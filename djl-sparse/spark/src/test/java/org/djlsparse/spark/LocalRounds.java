package org.djlsparse.spark;

import org.djlsparse.Sparsifier;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.MaskFile;
import org.djlsparse.io.MaskFileReader;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.TensorSource;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.mask.Mask;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.djlsparse.training.MaskSchedule;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rounds of four tasks in one process, one after the other, by plain trainers and files. */
final class LocalRounds {

    private static final int TASKS = 4;

    private final ModelFactory model;
    private final Path folder;

    LocalRounds(ModelFactory model, Path folder) {
        this.model = model;
        this.folder = folder;
    }

    /** Trains with masks that are refreshed in every round; returns the folder of the state. */
    Path train(int rounds, int steps, long seed) throws Exception {
        Path state = Files.createDirectory(folder.resolve("start"));
        // No step: the initial weights.
        PlainRun.train(model, keeping(), new TrainingTask(0, 0, 0, 0, 1, seed), state, true, state);
        for (int round = 0; round < rounds; round++) {
            refresh(state);
            List<Path> ends = new ArrayList<>();
            for (int task = 0; task < TASKS; task++) {
                Path end = Files.createDirectory(folder.resolve("round" + round + "task" + task));
                PlainRun.train(
                        model,
                        keeping(),
                        new TrainingTask(round, (long) round * steps, steps, task, TASKS, seed),
                        state,
                        false,
                        end);
                ends.add(end);
            }
            state = Files.createDirectory(folder.resolve("round" + round));
            average(ends, state);
        }
        return state;
    }

    private static Sparsifier keeping() {
        return Clusters.masks().optSchedule(MaskSchedule.once()).build();
    }

    /** Computes masks from the weights. */
    private static void refresh(Path state) throws Exception {
        Map<String, Mask> masks = new LinkedHashMap<>();
        read(state.resolve("model.safetensors"))
                .forEach(
                        (tensor, values) -> {
                            if (tensor.name().endsWith("Linear_weight")) {
                                masks.put(
                                        tensor.name(),
                                        MaskSolver.auto()
                                                .solve(
                                                        values,
                                                        WeightShape.of(tensor.shape()),
                                                        NmPattern.of(2, 4)));
                            }
                        });
        Path path = state.resolve("state.safetensors");
        MaskFile before = MaskFile.read(path);
        new MaskFile(before.notes(), masks).write(path, sources(optimizer(path)));
    }

    private static void average(List<Path> ends, Path to) throws Exception {
        List<Map<TensorInfo, float[]>> weights = new ArrayList<>();
        List<Map<TensorInfo, float[]>> optimizers = new ArrayList<>();
        for (Path end : ends) {
            weights.add(read(end.resolve("model.safetensors")));
            optimizers.add(optimizer(end.resolve("state.safetensors")));
        }
        Path first = ends.get(0);
        Path path = to.resolve("model.safetensors");
        List<TensorSource> means = sources(mean(weights));
        try (WeightFile file = WeightFile.open(first.resolve("model.safetensors"));
                WeightFileWriter writer = WeightFileWriter.createLike(path, file)) {
            for (TensorSource source : means) {
                writer.write(source);
            }
            writer.complete();
            writer.replace();
        }
        MaskFile.read(first.resolve("state.safetensors"))
                .write(to.resolve("state.safetensors"), sources(mean(optimizers)));
    }

    private static Map<TensorInfo, float[]> mean(List<Map<TensorInfo, float[]>> all) {
        Map<TensorInfo, float[]> means = new LinkedHashMap<>();
        for (TensorInfo tensor : all.get(0).keySet()) {
            List<float[]> values = all.stream().map(one -> one.get(tensor)).toList();
            float[] mean = new float[values.get(0).length];
            for (int i = 0; i < mean.length; i++) {
                double left = (double) values.get(0)[i] + values.get(1)[i];
                double right = (double) values.get(2)[i] + values.get(3)[i];
                mean[i] = (float) ((left + right) / TASKS);
            }
            means.put(tensor, mean);
        }
        return means;
    }

    static Map<TensorInfo, float[]> read(Path path) throws Exception {
        Map<TensorInfo, float[]> tensors = new LinkedHashMap<>();
        try (WeightFile file = WeightFile.open(path)) {
            for (TensorInfo tensor : file.getTensors()) {
                try (InputStream in = file.newInputStream(tensor)) {
                    tensors.put(tensor, floats(in));
                }
            }
        }
        return tensors;
    }

    private static Map<TensorInfo, float[]> optimizer(Path path) throws Exception {
        Map<TensorInfo, float[]> tensors = new LinkedHashMap<>();
        try (MaskFileReader file = MaskFileReader.open(path)) {
            for (TensorInfo tensor : file.getTensors()) {
                try (InputStream in = file.newInputStream(tensor)) {
                    tensors.put(tensor, floats(in));
                }
            }
        }
        return tensors;
    }

    private static float[] floats(InputStream in) throws Exception {
        byte[] bytes = in.readAllBytes();
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private static List<TensorSource> sources(Map<TensorInfo, float[]> tensors) {
        List<TensorSource> sources = new ArrayList<>();
        tensors.forEach(
                (tensor, values) -> {
                    ByteBuffer bytes =
                            ByteBuffer.allocate(values.length * Float.BYTES)
                                    .order(ByteOrder.LITTLE_ENDIAN);
                    bytes.asFloatBuffer().put(values);
                    sources.add(
                            new TensorSource(
                                    TensorInfo.of(tensor.name(), ElementType.F32, tensor.shape()),
                                    out -> out.write(bytes.array())));
                });
        return sources;
    }
}
