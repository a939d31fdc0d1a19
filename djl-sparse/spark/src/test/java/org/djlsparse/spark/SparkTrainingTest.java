package org.djlsparse.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class SparkTrainingTest {

    private static final long SEED = 3;
    private static final int STEPS = 10;

    private static JavaSparkContext spark;

    @TempDir private Path folder;

    @BeforeAll
    static void start() {
        spark = LocalCluster.start(new SparkConf().setMaster("local[2,4]"));
    }

    @AfterAll
    static void stop() {
        spark.close();
    }

    static SparkTraining.Builder training() {
        return SparkTraining.builder()
                .setModel(Clusters::sgd)
                .optSparsifier(Clusters::masks)
                .setData(Clusters.DATA)
                .setTasks(1)
                .setRounds(4)
                .optLocalSteps(STEPS)
                .optSeed(SEED);
    }

    private Path save(SparkTraining.Builder builder, String name) throws Exception {
        Path to = Files.createDirectory(folder.resolve(name));
        try (TrainingResult result = builder.build().train(spark)) {
            result.save(to);
        }
        return to;
    }

    @Test
    void oneTaskEqualsPlainTraining() throws Exception {
        for (ModelFactory model : List.<ModelFactory>of(Clusters::sgd, Clusters::adam)) {
            for (SparsifierFactory masks :
                    List.<SparsifierFactory>of(Clusters::masks, Clusters::warmUp)) {
                Path plain = Files.createTempDirectory(folder, "plain");
                PlainRun.train(
                        model,
                        masks.newBuilder().build(),
                        new TrainingTask(0, 0, 4 * STEPS, 0, 1, SEED),
                        plain,
                        true,
                        plain);
                Path own =
                        save(
                                training().setModel(model).optSparsifier(masks),
                                plain.getFileName() + "-spark");
                assertThat(PlainRun.files(own)).isEqualTo(PlainRun.files(plain));
            }
        }
    }
}
