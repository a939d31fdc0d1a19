package org.djlsparse.convert;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;

import org.djlsparse.internal.convert.SampleCluster;
import org.djlsparse.internal.nn.LayerChoice;
import org.djlsparse.internal.nn.ParameterOwners;
import org.djlsparse.mask.Mask;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * One conversion of one model. The model's parameters are changed only at the end; until then,
 * forward passes use new values in their place.
 */
final class ConversionRun implements AutoCloseable {

    private final AdaPruneSettings settings;
    private final Block block;
    private final NDManager manager;
    private final ModelPass pass;
    private final List<LayerChoice> choices;
    private final List<ConvertedLayer> layers;
    private final Map<Block, ConvertedLayer> byBlock = new HashMap<>();
    private final Map<Parameter, Mask> magnitudes = new HashMap<>();
    private final Map<Parameter, NDArray> values = new HashMap<>();
    private @Nullable CallSink sink; // the receiver of the current pass

    ConversionRun(AdaPruneSettings settings, Block block) {
        this.settings = settings;
        this.block = block;
        choices = settings.choose(block);
        ParameterOwners owners = new ParameterOwners(block);
        layers =
                choices.stream()
                        .filter(LayerChoice::isChosen)
                        .map(c -> new ConvertedLayer(c, owners.of(c.parameter())))
                        .toList();
        NDArray first = block.getParameters().valueAt(0).getArray();
        Device device = first.getDevice();
        manager = first.getManager().newSubManager(device);
        pass = new ModelPass(manager, settings.cancelled());
        for (ConvertedLayer layer : layers) {
            for (Block owner : layer.getBlocks()) {
                byBlock.put(owner, layer);
            }
        }
    }

    /** Returns the manager of this run, which closes with it. */
    NDManager getManager() {
        return manager;
    }

    AdaPruneReport run(Calibration calibration) {
        long start = System.nanoTime();
        layers.forEach(this::maskByMagnitude);
        try (ForwardHooks hooks =
                new ForwardHooks(block, this::isFitted, ModelPass.guarded(this::onForward))) {
            refuseUnhooked(hooks);
            fit(hooks.getRoot(), calibration);
        }
        return finish(start, () -> calibration, calibration.getSamples());
    }

    /** Converts the model with the samples, and the work on them, elsewhere. */
    AdaPruneReport run(SampleCluster cluster) {
        long start = System.nanoTime();
        ClusterFit.check(settings);
        try (ForwardHooks hooks = new ForwardHooks(block, this::isFitted, (b, x, y) -> {})) {
            refuseUnhooked(hooks);
        }
        List<ConvertedLayer> fitted = layers.stream().filter(ConvertedLayer::isFitted).toList();
        ClusterFit fit = new ClusterFit(settings, fitted, cluster, pass);
        fit.observe();
        for (ConvertedLayer layer : layers) {
            // Those of fitted layers are found where these are fitted.
            if (!layer.isFitted() || settings.validation() != null) {
                maskByMagnitude(layer);
            }
        }
        maskUnfitted();
        fit.fit(values, manager);
        return finish(
                start,
                () -> Calibration.of(cluster, settings.samples(), manager),
                fit.getSamples());
    }

    private AdaPruneReport finish(long start, Supplier<Calibration> calibration, long samples) {
        int norms =
                settings.batchNorm()
                        ? new BatchNormTuning(block, pass, values, manager).run(calibration)
                        : 0;
        List<MetricChange> metrics = validate();
        pass.checkCancelled();
        WeightEdits.apply(values).close();
        return new AdaPruneReport(
                settings.toString(),
                samples,
                (System.nanoTime() - start) / 1e9,
                report(),
                metrics,
                norms,
                settings.policy().getWarnings(block));
    }

    private boolean isFitted(Block owner) {
        ConvertedLayer layer = byBlock.get(owner);
        return layer != null && layer.isFitted();
    }

    private void maskByMagnitude(ConvertedLayer layer) {
        pass.checkCancelled();
        layer.maskByMagnitude();
        magnitudes.put(layer.getParameter(), layer.getMask());
    }

    private void maskUnfitted() {
        for (ConvertedLayer layer : layers) {
            if (!layer.isFitted()) {
                values.put(layer.getParameter(), Weights.masked(layer, layer.getMask(), manager));
            }
        }
    }

    private void refuseUnhooked(ForwardHooks hooks) {
        hooks.getReasons()
                .forEach(
                        (prefix, reason) -> {
                            for (Pair<String, Parameter> pair : block.getParameters()) {
                                if (pair.getKey().equals(prefix + "weight")) {
                                    layers.stream()
                                            .filter(l -> l.getParameter() == pair.getValue())
                                            .forEach(l -> l.refuse(reason));
                                }
                            }
                        });
    }

    private void onForward(Block called, NDArray input, NDArray output) {
        ConvertedLayer layer = byBlock.get(called);
        if (sink != null && layer != null && layer.isFitted()) {
            sink.onForward(layer, called, input, output);
        }
    }

    private void fit(Block root, Calibration calibration) {
        CallOrder order = new CallOrder();
        List<NDList> batches = calibration.getBatches();
        for (int i = 0; i < batches.size(); i++) {
            order.beginBatch();
            sink = order::add;
            pass.run(root, Map.of(), batches.get(i), i);
        }
        for (ConvertedLayer layer : layers) {
            if (layer.isFitted() && layer.getPositions() == 0) {
                layer.refuse(ConvertedLayer.NOT_CALLED);
            }
        }
        maskUnfitted();
        boolean sequential = settings.mode() == CalibrationMode.SEQUENTIAL;
        List<List<ConvertedLayer>> stages = order.stages(sequential, settings.sumBytes());
        settings.progress().begin(stages.size());
        try {
            for (List<ConvertedLayer> stage : stages) {
                fit(stage, root, calibration, order, sequential);
                settings.progress().step();
            }
        } finally {
            settings.progress().end();
        }
    }

    private void fit(
            List<ConvertedLayer> stage,
            Block root,
            Calibration calibration,
            CallOrder order,
            boolean sequential) {
        Map<ConvertedLayer, LayerFit> fits = new LinkedHashMap<>();
        try (NDManager scratch = manager.newSubManager()) {
            for (ConvertedLayer layer : stage) {
                fits.put(
                        layer,
                        new LayerFit(
                                layer,
                                settings.method(),
                                scratch,
                                settings.positionsPerInput(),
                                0,
                                settings.scratchBytes()));
            }
            List<NDList> batches = calibration.getBatches();
            for (int i = 0; i < batches.size(); i++) {
                long calls = order.calls(i, stage);
                if (calls > 0) {
                    try (NDManager targets = scratch.newSubManager()) {
                        collect(fits, root, batches.get(i), i, calls, sequential, targets);
                    }
                }
            }
            // In sequential mode, layers of a stage share their input: none affects another.
            fits.forEach(
                    (layer, fit) -> {
                        pass.checkCancelled();
                        fit.finish(settings.score(), values, manager);
                    });
        }
    }

    private void collect(
            Map<ConvertedLayer, LayerFit> fits,
            Block root,
            NDList batch,
            int number,
            long calls,
            boolean sequential,
            NDManager targets) {
        if (!sequential) {
            sink = counted(calls, fits, (l, b, x, y) -> fitOf(fits, l).add(b, x, y));
            pass.run(root, Map.of(), batch, number);
            return;
        }
        Deque<NDArray> outputs = new ArrayDeque<>();
        sink =
                counted(
                        calls,
                        fits,
                        (layer, called, input, output) -> {
                            NDArray copy = output.duplicate();
                            copy.attach(targets);
                            outputs.add(copy);
                        });
        pass.run(root, Map.of(), batch, number);
        sink =
                counted(
                        calls,
                        fits,
                        (layer, called, input, output) -> {
                            NDArray target = outputs.remove();
                            fitOf(fits, layer).add(called, input, target);
                            target.close();
                        });
        pass.run(root, values, batch, number);
    }

    private static LayerFit fitOf(Map<ConvertedLayer, LayerFit> fits, ConvertedLayer layer) {
        return Objects.requireNonNull(fits.get(layer));
    }

    /** Passes on the calls of some layers, and ends the forward pass after the last call. */
    private static CallSink counted(long calls, Map<ConvertedLayer, LayerFit> fits, CallSink next) {
        long[] left = {calls};
        return (layer, called, input, output) -> {
            if (fits.containsKey(layer)) {
                next.onForward(layer, called, input, output);
                if (--left[0] == 0) {
                    throw new ModelPass.StopForward();
                }
            }
        };
    }

    private List<MetricChange> validate() {
        Validation validation = settings.validation();
        if (validation == null) {
            return List.of();
        }
        try (NDManager scratch = manager.newSubManager()) {
            Map<Parameter, NDArray> masked = new HashMap<>();
            for (ConvertedLayer layer : layers) {
                Mask mask = Objects.requireNonNull(magnitudes.get(layer.getParameter()));
                masked.put(layer.getParameter(), Weights.masked(layer, mask, scratch));
            }
            List<Double> dense = measure(validation, Map.of());
            List<Double> before = measure(validation, masked);
            List<Double> after = measure(validation, values);
            List<MetricChange> metrics = new ArrayList<>();
            for (int i = 0; i < dense.size(); i++) {
                metrics.add(
                        new MetricChange(
                                validation.evaluators().get(i).getName(),
                                dense.get(i),
                                before.get(i),
                                after.get(i)));
            }
            return metrics;
        }
    }

    /** Evaluates the model with other values; those of TorchScript modules are written in place. */
    private List<Double> measure(Validation validation, Map<Parameter, NDArray> with) {
        Map<Parameter, NDArray> inModules = new HashMap<>(with);
        inModules
                .keySet()
                .retainAll(
                        layers.stream()
                                .filter(layer -> layer.getChoice().inPlace())
                                .map(ConvertedLayer::getParameter)
                                .toList());
        try (WeightEdits edits = WeightEdits.apply(inModules)) {
            try {
                return validation.measure(manager, data -> pass.evaluate(block, with, data));
            } finally {
                edits.undo();
            }
        }
    }

    private List<LayerConversion> report() {
        Map<Parameter, ConvertedLayer> byParameter = new HashMap<>();
        layers.forEach(layer -> byParameter.put(layer.getParameter(), layer));
        return choices.stream()
                .map(
                        choice -> {
                            ConvertedLayer layer = byParameter.get(choice.parameter());
                            return layer == null
                                    ? new LayerConversion(
                                            choice.name(),
                                            choice.getShape(),
                                            null,
                                            "dense",
                                            1,
                                            1,
                                            null,
                                            null,
                                            0,
                                            choice.reason(),
                                            choice.otherNames())
                                    : layer.report();
                        })
                .toList();
    }

    @Override
    public void close() {
        manager.close();
    }
}
