package org.djlsparse;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.dataset.ArrayDataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;

/** The data and the results of a run of a few steps. */
public final class ShortRun {

    private static final int BATCH = 2;
    private static final int INPUTS = 16;

    private ShortRun() {}

    /**
     * Creates data with 16 inputs and 4 outputs.
     *
     * @param manager the manager that creates the arrays
     * @param steps the number of batches, of two examples each
     * @param infinite the batches that lead to gradients that are not finite
     * @return the data, in a fixed order
     */
    public static ArrayDataset data(NDManager manager, int steps, IntPredicate infinite) {
        Random random = new Random(5);
        int examples = steps * BATCH;
        float[] inputs = new float[examples * INPUTS];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] =
                    infinite.test(i / (BATCH * INPUTS))
                            ? Float.POSITIVE_INFINITY
                            : (float) random.nextGaussian();
        }
        return new ArrayDataset.Builder()
                .setData(manager.create(inputs, new Shape(examples, INPUTS)))
                .optLabels(manager.ones(new Shape(examples, 4)))
                .setSampling(BATCH, false)
                .build();
    }

    /**
     * Reads all parameters of a model.
     *
     * @param model the model
     * @return the values of each parameter
     */
    public static List<String> weights(Model model) {
        List<String> weights = new ArrayList<>();
        for (Parameter parameter : model.getBlock().getParameters().values()) {
            weights.add(Arrays.toString(parameter.getArray().toFloatArray()));
        }
        return weights;
    }
}
