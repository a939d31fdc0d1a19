package org.djlsparse.spark;

import java.io.Serializable;

/**
 * Creates the model that {@link SparkTraining} trains, on the driver and in each task. A lambda is
 * serializable if what it captures is; objects of DJL are not, so create them inside.
 */
@FunctionalInterface
public interface ModelFactory extends Serializable {

    /**
     * Creates a model. The driver's initial weights are those of the training: a block that is
     * already initialized, such as a pre-trained one, keeps its values.
     *
     * @return a new plain block, a new configuration with a new optimizer, and the input shapes;
     *     always the same apart from the values of the weights
     * @throws Exception if the model cannot be created; in a task, Spark then tries again
     */
    ModelSetup newModel() throws Exception;
}
