package org.djlsparse.spark;

import ai.djl.Model;
import ai.djl.nn.Block;

import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.convert.AdaPrune;
import org.djlsparse.convert.AdaPruneReport;
import org.jspecify.annotations.Nullable;

/**
 * Converts a trained dense model to a sparse one on a cluster, as {@link AdaPrune} does in parallel
 * mode. Each task runs the dense model on its share of the samples and sums up the inputs and
 * outputs of the layers; the sums are added over all tasks, and each layer is fitted in a task of
 * its own.
 *
 * <pre>{@code
 * AdaPrune adaPrune = AdaPrune.builder()
 *         .setPattern(NmPattern.of(2, 4))
 *         .optMode(CalibrationMode.PARALLEL)
 *         .optSamples(100_000)
 *         .build();
 * SparkAdaPrune sparkAdaPrune = SparkAdaPrune.builder()
 *         .setAdaPrune(adaPrune)
 *         .setModel(() -> newResNet())
 *         .setSamples((manager, task, tasks) -> readImages(manager, task, tasks))
 *         .build();
 * System.out.println(sparkAdaPrune.convert(spark, model));
 * }</pre>
 *
 * <p>The settings are those of an {@link AdaPrune}. Its mode must be {@code PARALLEL}, because in
 * sequential mode each layer depends on those before it; its method the closed form or mask only,
 * because Adam needs the samples in one place. All scores are supported. Solvers must be those of
 * {@code MaskSolver} or serializable. {@code optSamples} limits the samples of all tasks together:
 * each task reads an even share of this number at most. {@code optSumBytes} limits the sums that a
 * task keeps outside the heap; it copies them to the heap layer by layer, and a task that adds sums
 * holds at most three sums of one layer.
 *
 * <p>The result is that of {@code AdaPrune} with the shares of all tasks as samples, one after the
 * other, except for rounding, because the sums are added in a different order. With the default
 * damping, weights and biases differ by less than 1e-6 of the largest weight of their layer, and
 * errors by less than 1e-6; masks are equal, unless scores are equal up to rounding. If batches are
 * cut differently, PyTorch may round the model's outputs differently too. With one task, the result
 * has the same bits. With several, it does not depend on which machine finishes first.
 *
 * <p>The statistics of batch norms are recomputed on the driver, which reads the samples of all
 * tasks for this; models without batch norms, or {@code optBatchNorm(false)}, avoid it. Validation,
 * too, runs on the driver. Layers that {@code AdaPrune} only masks are masked on the driver.
 * TorchScript modules are not supported.
 *
 * <p>Each machine runs one task at a time in each JVM, on DJL's default device there, with all of
 * PyTorch's threads; it needs DJL's PyTorch engine, and the classes of the factories. Cost: two
 * forward passes of the dense model, one more for each further group of layers whose sums exceed
 * the limit, and shuffles of {@code 8 n (n + m)} bytes from each task for a layer of n inputs and m
 * outputs. The weights of a group return to the driver together.
 *
 * <p>The model is changed only at the end: a conversion that fails leaves it unchanged, bit for
 * bit. A SparkAdaPrune is immutable.
 */
public final class SparkAdaPrune {

    private final AdaPrune adaPrune;
    private final BlockFactory model;
    private final SampleFactory samples;
    private final @Nullable Integer tasks;

    private SparkAdaPrune(
            AdaPrune adaPrune, BlockFactory model, SampleFactory samples, @Nullable Integer tasks) {
        this.adaPrune = adaPrune;
        this.model = model;
        this.samples = samples;
        this.tasks = tasks;
    }

    /**
     * Creates a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Converts a model.
     *
     * @param spark the context of the cluster
     * @param model the model, trained and not wrapped by a Sparsifier; it is changed
     * @return the report
     * @throws IllegalArgumentException see {@link #convert(JavaSparkContext, Block)}
     * @throws IllegalStateException see {@link #convert(JavaSparkContext, Block)}
     * @throws UnsupportedOperationException see {@link #convert(JavaSparkContext, Block)}
     * @throws java.util.concurrent.CancellationException see {@link #convert(JavaSparkContext,
     *     Block)}
     */
    public AdaPruneReport convert(JavaSparkContext spark, Model model) {
        return convert(spark, model.getBlock());
    }

    /**
     * Converts a block.
     *
     * @param spark the context of the cluster
     * @param block the block, trained and not wrapped by a Sparsifier; its parameters are changed
     * @return the report; the times of layers are sums over all tasks
     * @throws IllegalArgumentException if the AdaPrune's mode, method or a solver is not supported,
     *     the factory's model differs from the block, there are no samples, or for the reasons of
     *     {@link AdaPrune#convert(Block, Iterable)}; the message says which. The block is then
     *     unchanged
     * @throws IllegalStateException if a job of Spark fails, such as for samples that cannot be
     *     read or differ at the second reading, or if the validation data cannot be read; the block
     *     is then unchanged
     * @throws UnsupportedOperationException if the statistics of a batch norm must be computed, but
     *     the axis of its channels cannot be read; the block is then unchanged
     * @throws java.util.concurrent.CancellationException if the conversion was cancelled, which
     *     ends the running job; the block is then unchanged
     */
    public AdaPruneReport convert(JavaSparkContext spark, Block block) {
        ModelValues values = new ModelValues(block);
        values.check(model, block);
        int count = tasks == null ? Math.max(1, spark.defaultParallelism()) : tasks;
        try (SparkSamples cluster = new SparkSamples(spark, model, samples, count, values)) {
            return adaPrune.convert(block, cluster);
        }
    }

    @Override
    public String toString() {
        return "Spark" + adaPrune + (tasks == null ? "" : " in " + tasks + " tasks");
    }

    /** Builds a {@link SparkAdaPrune}. */
    public static final class Builder {

        private @Nullable AdaPrune adaPrune;
        private @Nullable BlockFactory model;
        private @Nullable SampleFactory samples;
        private @Nullable Integer tasks;

        private Builder() {}

        /**
         * Sets the conversion: patterns, layers, score, method and limits.
         *
         * @param adaPrune the conversion, with {@code CalibrationMode.PARALLEL}
         * @return this builder
         */
        public Builder setAdaPrune(AdaPrune adaPrune) {
            this.adaPrune = adaPrune;
            return this;
        }

        /**
         * Sets what builds the model in each task. It gets the values of the model to convert.
         *
         * @param model the factory
         * @return this builder
         */
        public Builder setModel(BlockFactory model) {
            this.model = model;
            return this;
        }

        /**
         * Sets what reads the samples in each task.
         *
         * @param samples the factory
         * @return this builder
         */
        public Builder setSamples(SampleFactory samples) {
            this.samples = samples;
            return this;
        }

        /**
         * Sets the number of tasks that share the samples.
         *
         * @param tasks the number, at least 1; Spark's default parallelism by default
         * @return this builder
         */
        public Builder optTasks(int tasks) {
            this.tasks = tasks;
            return this;
        }

        /**
         * Builds the SparkAdaPrune.
         *
         * @return the SparkAdaPrune
         * @throws IllegalArgumentException if a required setting is missing, a factory is not
         *     serializable, or the number of tasks is below 1
         */
        public SparkAdaPrune build() {
            if (adaPrune == null || model == null || samples == null) {
                String missing =
                        adaPrune == null ? "adaPrune" : model == null ? "model" : "samples";
                throw new IllegalArgumentException(missing + ": must be set");
            }
            if (tasks != null && tasks < 1) {
                throw new IllegalArgumentException("tasks " + tasks + ": must be at least 1");
            }
            SerializationCheck.check("model", model);
            SerializationCheck.check("samples", samples);
            return new SparkAdaPrune(adaPrune, model, samples, tasks);
        }
    }
}
