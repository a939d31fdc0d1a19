package org.djlsparse.examples;

import ai.djl.Model;
import ai.djl.ModelException;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Trains a TorchScript module that was made in Python with 2:4 masks, and saves it as TorchScript.
 * The module takes (batch, 64) and returns (batch, 10), such as this one:
 *
 * <pre>
 * net = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
 * torch.jit.script(net).save("net.pt")
 * </pre>
 */
public final class TorchScriptModule {

    private static final Path FOLDER = Path.of("target", "torch-script-module");

    private TorchScriptModule() {}

    /**
     * Trains the module.
     *
     * @param args the path of the module
     */
    public static void main(String[] args) throws IOException, ModelException, TranslateException {
        if (args.length == 0) {
            System.out.println("Needed: the path of a TorchScript module, such as net.pt");
            return;
        }
        // DJL cannot evaluate a module that it has trained unless its graph runs as it is written.
        System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
        Engine.getInstance().setRandomSeed(1);
        Sparsifier sparsifier = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).build();
        try (Model model = Model.newInstance("module")) {
            NDManager manager = model.getNDManager();
            // Random points, each of the class that a random matrix gives it.
            NDArray matrix = manager.randomNormal(new Shape(64, 10));
            NDArray train = manager.randomNormal(new Shape(4000, 64));
            NDArray test = manager.randomNormal(new Shape(500, 64));
            NDArray classes = test.matMul(matrix).argMax(1);

            // Without the option the module's weights would be frozen.
            model.load(Path.of(args[0]), null, Map.of("trainParam", "true"));
            System.out.println("accuracy before training: " + accuracy(model, test, classes));
            model.setBlock(sparsifier.wrap(model.getBlock()));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(Optimizer.adam().build());
            config.addTrainingListeners(sparsifier.newListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 64));
                ArrayDataset data =
                        new ArrayDataset.Builder()
                                .setData(train)
                                .optLabels(train.matMul(matrix).argMax(1))
                                .setSampling(50, true)
                                .build();
                EasyTrain.fit(trainer, 6, data, null);
            }
            System.out.println(sparsifier.report());
            model.setBlock(sparsifier.unwrap(model.getBlock()));
            System.out.println("accuracy after training:  " + accuracy(model, test, classes));

            Files.createDirectories(FOLDER);
            Path path = FOLDER.resolve("sparse.pt");
            try (OutputStream out = Files.newOutputStream(path)) {
                JniUtils.writeModule((PtSymbolBlock) model.getBlock(), out, false);
            }
            try (Model saved = Model.newInstance("saved")) {
                saved.load(path);
                System.out.println("accuracy, loaded again:   " + accuracy(saved, test, classes));
            }
        }
    }

    private static double accuracy(Model model, NDArray data, NDArray labels)
            throws TranslateException {
        try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
            NDArray classes = predictor.predict(new NDList(data)).head().argMax(1);
            return (double) classes.eq(labels).countNonzero().getLong() / classes.size();
        }
    }
}
