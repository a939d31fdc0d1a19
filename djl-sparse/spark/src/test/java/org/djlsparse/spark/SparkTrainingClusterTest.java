package org.djlsparse.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class SparkTrainingClusterTest {

    @TempDir private Path folder;

    private static SparkTraining.Builder training(DataFactory data) {
        return SparkTraining.builder()
                .setModel(Clusters::normalized)
                .optSparsifier(Clusters::masks)
                .setData(data)
                .setTasks(4)
                .setRounds(3)
                .optLocalSteps(10)
                .optSeed(3);
    }

    private Map<String, String> train(JavaSparkContext spark, DataFactory data) throws Exception {
        Path to = Files.createTempDirectory(folder, "result");
        try (TrainingResult result = training(data).build().train(spark)) {
            result.save(to);
        }
        return PlainRun.files(to);
    }

    @Test
    void aLostExecutorChangesNothing() throws Exception {
        Map<String, String> expected;
        try (JavaSparkContext spark = LocalCluster.startLocal(2)) {
            expected = train(spark, Clusters.DATA);
        }
        String mark = folder.resolve("killed").toString();
        DataFactory killing =
                (manager, task) -> {
                    if (task.round() == 1 && task.task() == 2 && !Files.exists(Path.of(mark))) {
                        Files.writeString(Path.of(mark), SparkEnv.get().executorId());
                        Runtime.getRuntime().halt(1);
                    }
                    return Clusters.DATA.newDataset(manager, task);
                };
        try (JavaSparkContext spark =
                LocalCluster.start(new SparkConf().setMaster(LocalCluster.TWO_EXECUTORS))) {
            assertThat(train(spark, killing)).isEqualTo(expected);
        }
        assertThat(Path.of(mark)).content().as("an executor").containsPattern("\\d");
    }
}
