package org.djlsparse.spark;

import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class SparkTrainingClusterTest {

    @TempDir private Path folder;

    @Test
    void aLostExecutorChangesNothing() throws Exception {
        Path simulated = new LocalRounds(Clusters::sgd, folder).train(3, 10, 3);
        String mark = folder.resolve("killed").toString();
        DataFactory killing =
                (manager, task) -> {
                    if (task.round() == 1 && task.task() == 2 && !Files.exists(Path.of(mark))) {
                        Files.writeString(Path.of(mark), SparkEnv.get().executorId());
                        Runtime.getRuntime().halt(1);
                    }
                    return Clusters.DATA.newDataset(manager, task);
                };
        SparkTraining training =
                SparkTraining.builder()
                        .setModel(Clusters::sgd)
                        .optSparsifier(Clusters::masks)
                        .setData(killing)
                        .setTasks(4)
                        .setRounds(3)
                        .optLocalSteps(10)
                        .optSeed(3)
                        .build();
        Path to = Files.createDirectory(folder.resolve("result"));
        try (JavaSparkContext spark = LocalCluster.start();
                TrainingResult result = training.train(spark)) {
            result.save(to);
        }
        assertThat(PlainRun.files(to)).isEqualTo(PlainRun.files(simulated));
        assertThat(Path.of(mark)).content().as("an executor").containsPattern("\\d");
    }
}
