package org.djlsparse;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.util.Pair;

import org.djlsparse.mask.Mask;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A small model in training; a step of the same number always gets the same batch. */
final class SteppedRun implements AutoCloseable {

    static final int STEPS = 24;

    private final Sparsifier sparsifier;
    private final Optimizer optimizer;
    private final Model model;
    private final Trainer trainer;
    private final ArrayDataset data;

    /**
     * Starts a run, or continues with the weights that another one has saved.
     *
     * @param root the wrapped block, or a block that holds it
     * @param folder the folder of the weights; null to start
     */
    SteppedRun(
            Sparsifier sparsifier,
            Block root,
            Optimizer optimizer,
            DataType type,
            @Nullable Path folder)
            throws Exception {
        this.sparsifier = sparsifier;
        this.optimizer = optimizer;
        Engine.getInstance().setRandomSeed(1);
        model = Model.newInstance("run");
        model.setDataType(type);
        model.setBlock(root);
        if (folder != null) {
            model.load(folder, "model");
        }
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(new SquaredError())
                                .optOptimizer(optimizer)
                                .addTrainingListeners(sparsifier.newListener()));
        if (type != DataType.FLOAT32) {
            skipGradientCheck(trainer);
        }
        trainer.initialize(new Shape(1, 16));
        data = data(trainer.getManager(), type);
    }

    /** Skips DJL's check of the first gradients, which supports only 32 bits. */
    private static void skipGradientCheck(Trainer trainer) throws ReflectiveOperationException {
        Field checked = Trainer.class.getDeclaredField("gradientsChecked");
        checked.setAccessible(true);
        checked.setBoolean(trainer, true);
    }

    /** Returns a Sparsifier that refreshes masks at the beginning of steps 4, 6, 8 and so on. */
    static Sparsifier sparsifier(GradientRule rule, NmPattern pattern) {
        return Sparsifier.builder()
                .setPattern(pattern)
                .optSchedule(MaskSchedule.every(2).warmUp(4))
                .optRule(rule)
                .build();
    }

    static SequentialBlock network(int units) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(units).build())
                .add(BatchNorm.builder().build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(8).build());
    }

    void train(int from, int to) throws Exception {
        int step = 0;
        for (Batch batch : trainer.iterateDataset(data)) {
            if (step >= from && step < to) {
                EasyTrain.trainBatch(trainer, batch);
                trainer.step();
            }
            batch.close();
            step++;
        }
    }

    Model getModel() {
        return model;
    }

    /**
     * The complete state of a run.
     *
     * @param weights the bytes of each parameter, including running statistics
     * @param masks the masks in use
     * @param step the position in the schedule
     * @param optimizer the content of the optimizer's maps, and its counts
     */
    record Snapshot(
            Map<String, String> weights,
            Map<String, Mask> masks,
            long step,
            Map<String, String> optimizer) {}

    Snapshot snapshot() {
        Map<String, String> names = new TreeMap<>();
        Map<String, String> weights = new TreeMap<>();
        for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
            names.put(pair.getValue().getId(), pair.getKey());
            weights.put(pair.getKey(), bytes(pair.getValue().getArray()));
        }
        Map<String, String> state = new TreeMap<>();
        for (Class<?> type = optimizer.getClass();
                type != Object.class;
                type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isTransient(field.getModifiers())) {
                    add(state, type.getSimpleName() + "." + field.getName(), value(field), names);
                }
            }
        }
        return new Snapshot(weights, sparsifier.getMasks(), sparsifier.report().step(), state);
    }

    private @Nullable Object value(Field field) {
        try {
            field.setAccessible(true);
            return field.get(optimizer);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void add(
            Map<String, String> state,
            String name,
            @Nullable Object value,
            Map<String, String> names) {
        if (value instanceof Map<?, ?> map) {
            map.forEach(
                    (key, entry) ->
                            add(
                                    state,
                                    name + "/" + names.getOrDefault(key.toString(), key.toString()),
                                    entry,
                                    names));
        } else if (value instanceof NDArray array) {
            state.put(name, array.getDataType() + " " + array.getShape() + " " + bytes(array));
        } else if (value instanceof Number) {
            state.put(name, value.toString());
        }
    }

    private static String bytes(NDArray array) {
        return HexFormat.of().formatHex(array.toByteArray());
    }

    private static ArrayDataset data(NDManager manager, DataType type) {
        Random random = new Random(5);
        NDArray[] arrays = new NDArray[2];
        int[] columns = {16, 8};
        for (int i = 0; i < arrays.length; i++) {
            float[] values = new float[STEPS * 4 * columns[i]];
            for (int j = 0; j < values.length; j++) {
                values[j] = (float) random.nextGaussian();
            }
            arrays[i] =
                    manager.create(values, new Shape(STEPS * 4, columns[i])).toType(type, false);
        }
        return new ArrayDataset.Builder()
                .setData(arrays[0])
                .optLabels(arrays[1])
                .setSampling(4, false)
                .build();
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }
}
