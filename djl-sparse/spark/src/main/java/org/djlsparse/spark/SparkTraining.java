package org.djlsparse.spark;

import ai.djl.TrainingDivergedException;

import org.apache.spark.api.java.JavaSparkContext;
import org.djlsparse.Sparsifier;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.MaskSchedule;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Trains a DJL model with N:M masks on a Spark cluster, in rounds. In a round, each of N tasks
 * starts from the same weights, optimizer state and masks, trains some steps on its share of the
 * data, and returns weights and optimizer state. The driver averages them and, when the schedule
 * asks for it, refreshes the masks on the average; then the next round begins.
 *
 * <pre>{@code
 * TrainingResult result = SparkTraining.builder()
 *         .setModel(() -> new ModelSetup(newBlock(), newConfig(), new Shape(1, 784)))
 *         .optSparsifier(() -> Sparsifier.builder().setPattern(NmPattern.of(2, 4)))
 *         .setData(DataFactory.sharing(manager -> newDataset(manager), 64))
 *         .setTasks(8)
 *         .setRounds(100)
 *         .build()
 *         .train(spark);
 * }</pre>
 *
 * <p>This is local SGD (Stich 2019), which communicates once every {@code optLocalSteps} steps;
 * with an {@link OuterOptimizer}, it is DiLoCo (Douillard et al. 2023). One task is plain training:
 * with a refresh interval of whole rounds, bit for bit.
 *
 * <p><b>Masks</b> change only at the start of a round, on the driver. If the {@link MaskSchedule}
 * asks for a refresh at any step of a round, it happens at the round's first step; dense steps stay
 * where they are. So choose intervals that are multiples of the steps of a round. All steps belong
 * to epoch 0. A refresh in the background ({@code optBackground}) happens at once.
 *
 * <p><b>Failures.</b> A task is a pure function of the round's inputs, so a task that Spark repeats
 * or runs twice gives the same bits, and a lost executor costs no more than its tasks. This needs
 * executors of one kind, because another processor, or another number of threads, may round
 * differently, and a kernel that is set, because {@code KernelChooser.fastest} chooses by time.
 * Averages do not depend on the order in which tasks end.
 *
 * <p><b>Resources.</b> A JVM trains one task at a time: use one core, or set {@code
 * spark.task.cpus} to the executor's cores and so give PyTorch all of them. Driver and executors
 * need memory for the state several times over, and the driver a {@code spark.driver.maxResultSize}
 * above the state times the tasks. Executors need this library, DJL and the engine in the driver's
 * versions. In local mode, tasks seed the engine of the driver's process.
 */
public final class SparkTraining {

    private final TaskRecipe recipe;
    private final int tasks;
    private final int rounds;
    private final int localSteps;
    private final OuterOptimizer outer;
    private final Exchange exchange;
    private final long seed;
    private final @Nullable String checkpoints;
    private final int everyRounds;
    private final RoundListener listener;

    private SparkTraining(Builder builder, TaskRecipe recipe) {
        this.recipe = recipe;
        tasks = builder.tasks;
        rounds = builder.rounds;
        localSteps = builder.localSteps;
        outer = builder.outer;
        exchange = builder.exchange;
        seed = builder.seed;
        checkpoints = builder.checkpoints;
        everyRounds = builder.everyRounds;
        listener = builder.listener;
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
     * Trains. With checkpoints, the training continues from the latest complete one in the folder,
     * if there is one, to the same bits as without the interruption.
     *
     * @param spark the connection to the cluster
     * @return the trained model, to be closed
     * @throws IOException if a checkpoint or a temporary file cannot be written or read
     * @throws TrainingDivergedException if the weights of a task are not finite after its steps
     * @throws IllegalArgumentException if a parameter is not of 32-bit floats, the optimizer has
     *     state that cannot be saved, or a checkpoint belongs to another model
     * @throws IllegalStateException if a factory throws a checked exception, a task has no data, or
     *     the tasks' states differ where they must be the same, such as in the optimizer's counts;
     *     with Spark's exception as its cause, if a task fails as often as Spark allows ({@code
     *     spark.task.maxFailures})
     */
    public TrainingResult train(JavaSparkContext spark) throws IOException {
        return new RoundLoop(this, spark).run();
    }

    TaskRecipe getRecipe() {
        return recipe;
    }

    int getTasks() {
        return tasks;
    }

    int getRounds() {
        return rounds;
    }

    int getLocalSteps() {
        return localSteps;
    }

    OuterOptimizer getOuter() {
        return outer;
    }

    Exchange getExchange() {
        return exchange;
    }

    long getSeed() {
        return seed;
    }

    @Nullable String getCheckpoints() {
        return checkpoints;
    }

    int getEveryRounds() {
        return everyRounds;
    }

    RoundListener getListener() {
        return listener;
    }

    @Override
    public String toString() {
        return "SparkTraining(tasks="
                + tasks
                + ", rounds="
                + rounds
                + ", localSteps="
                + localSteps
                + ", outer="
                + outer
                + ", exchange="
                + exchange
                + ", seed="
                + seed
                + (checkpoints == null
                        ? ""
                        : ", checkpoints=" + checkpoints + " every " + everyRounds + " rounds")
                + ")";
    }

    /** The Sparsifier of a dense training, which trains bit for bit as without it. */
    private static Sparsifier.Builder dense() {
        return Sparsifier.builder().setPattern(NmPattern.of(2, 4)).optSchedule(MaskSchedule.off());
    }

    /** Builds a {@link SparkTraining}. */
    public static final class Builder {

        private @Nullable ModelFactory model;
        private @Nullable DataFactory data;
        private int tasks;
        private int rounds;
        private int localSteps = 40;
        private SparsifierFactory sparsifier = SparkTraining::dense;
        private OuterOptimizer outer = OuterOptimizer.average();
        private Exchange exchange = Exchange.AUTO;
        private long seed;
        private @Nullable String checkpoints;
        private int everyRounds = 1;
        private RoundListener listener = (report, trainer) -> {};
        private int threads;

        private Builder() {}

        /**
         * Sets what creates the model.
         *
         * @param model the factory
         * @return this builder
         */
        public Builder setModel(ModelFactory model) {
            this.model = model;
            return this;
        }

        /**
         * Sets what creates the data of each task.
         *
         * @param data the factory, such as {@link DataFactory#sharing}
         * @return this builder
         */
        public Builder setData(DataFactory data) {
            this.data = data;
            return this;
        }

        /**
         * Sets the number of tasks of a round, which is the number of models that are trained at
         * the same time if the cluster has as many executors.
         *
         * @param tasks the number, at least 1
         * @return this builder
         */
        public Builder setTasks(int tasks) {
            this.tasks = tasks;
            return this;
        }

        /**
         * Sets the number of rounds of the whole training, with those before a resumed training.
         *
         * @param rounds the number, at least 1
         * @return this builder
         */
        public Builder setRounds(int rounds) {
            this.rounds = rounds;
            return this;
        }

        /**
         * Sets the number of steps that each task trains in a round.
         *
         * @param steps the number, at least 1; 40 by default, the refresh interval of the paper
         * @return this builder
         */
        public Builder optLocalSteps(int steps) {
            this.localSteps = steps;
            return this;
        }

        /**
         * Sets the masks.
         *
         * @param sparsifier creates the settings of the Sparsifier; null, the default, trains dense
         * @return this builder
         */
        public Builder optSparsifier(@Nullable SparsifierFactory sparsifier) {
            this.sparsifier = sparsifier == null ? SparkTraining::dense : sparsifier;
            return this;
        }

        /**
         * Sets how the driver moves the weights at the end of a round.
         *
         * @param outer the optimizer; {@link OuterOptimizer#average()} by default
         * @return this builder
         */
        public Builder optOuterOptimizer(OuterOptimizer outer) {
            this.outer = outer;
            return this;
        }

        /**
         * Sets what driver and tasks send each other. It changes the bytes that are sent, not the
         * result.
         *
         * @param exchange the exchange; {@link Exchange#AUTO} by default
         * @return this builder
         */
        public Builder optExchange(Exchange exchange) {
            this.exchange = exchange;
            return this;
        }

        /**
         * Sets the seed of the initial weights, of {@link DistributedSampler}, and of the engine in
         * each task, such as for dropout.
         *
         * @param seed the seed; 0 by default. The initial weights depend on its lower 32 bits
         * @return this builder
         */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Writes checkpoints on the driver, and resumes from the latest one. Each has a folder,
         * such as {@code round-00005} after five rounds, with the files of {@link
         * TrainingResult#save} and the outer optimizer's momentum. Older ones are not deleted.
         *
         * @param folder a folder in any file system of Hadoop, such as {@code hdfs:///run7} or
         *     {@code s3a://bucket/run7}; without a scheme, it belongs to Hadoop's default file
         *     system
         * @param everyRounds the number of rounds between two checkpoints, at least 1; there is
         *     also one after the last round
         * @return this builder
         */
        public Builder optCheckpoints(String folder, int everyRounds) {
            this.checkpoints = folder;
            this.everyRounds = everyRounds;
            return this;
        }

        /**
         * Writes checkpoints to a local folder of the driver; see {@link #optCheckpoints(String,
         * int)}.
         *
         * @param folder the folder; created if it does not exist
         * @param everyRounds the number of rounds between two checkpoints, at least 1
         * @return this builder
         */
        public Builder optCheckpoints(Path folder, int everyRounds) {
            return optCheckpoints(folder.toAbsolutePath().toUri().toString(), everyRounds);
        }

        /**
         * Sets what is told of each round, for example to validate the model.
         *
         * @param listener the listener, which is called on the driver
         * @return this builder
         */
        public Builder optListener(RoundListener listener) {
            this.listener = listener;
            return this;
        }

        /**
         * Sets the number of threads with which PyTorch computes in a task. Results may depend on
         * it.
         *
         * @param threads the number, at least 1; by default {@code spark.task.cpus}
         * @return this builder
         */
        public Builder optThreads(int threads) {
            if (threads < 1) {
                throw new IllegalArgumentException(threads + " threads: must be at least 1");
            }
            this.threads = threads;
            return this;
        }

        /**
         * Builds the training.
         *
         * @return the training
         * @throws IllegalArgumentException if a required setting is missing, a number is out of its
         *     range, or a factory cannot be serialized
         */
        public SparkTraining build() {
            if (model == null) {
                throw new IllegalArgumentException("model: must be set");
            }
            if (data == null) {
                throw new IllegalArgumentException("data: must be set");
            }
            checkPositive("tasks", tasks);
            checkPositive("rounds", rounds);
            checkPositive("local steps", localSteps);
            checkPositive("rounds between checkpoints", everyRounds);
            SerializationCheck.check("model factory", model);
            SerializationCheck.check("data factory", data);
            SerializationCheck.check("sparsifier factory", sparsifier);
            return new SparkTraining(this, new TaskRecipe(model, sparsifier, data, threads));
        }

        private static void checkPositive(String field, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(field + " " + value + ": must be at least 1");
            }
        }
    }
}
