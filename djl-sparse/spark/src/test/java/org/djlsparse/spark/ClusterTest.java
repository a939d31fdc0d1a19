package org.djlsparse.spark;

import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ClusterTest {

    @Test
    void executorsHaveTheirOwnProcesses() {
        try (JavaSparkContext spark = LocalCluster.start()) {
            List<String> ids =
                    spark.parallelize(List.of(1, 2, 3, 4), 4)
                            .map(i -> SparkEnv.get().executorId())
                            .distinct()
                            .collect();
            assertThat(ids).isNotEmpty().doesNotContain("driver");
        }
    }
}
