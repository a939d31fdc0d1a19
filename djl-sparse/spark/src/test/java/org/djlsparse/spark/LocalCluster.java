package org.djlsparse.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Starts Spark for tests. */
final class LocalCluster {

    /** Two executors, each with one core and a JVM of its own. */
    static final String TWO_EXECUTORS = "local-cluster[2,1,1024]";

    private LocalCluster() {}

    /** Starts two executors in JVMs of their own. */
    static JavaSparkContext start() {
        return start(new SparkConf().setMaster(TWO_EXECUTORS));
    }

    /** Starts Spark in this JVM. */
    static JavaSparkContext startLocal(int threads) {
        return start(new SparkConf().setMaster("local[" + threads + "]"));
    }

    static JavaSparkContext start(SparkConf conf) {
        try {
            // Executors look for Spark's jars there, and find them on the class path.
            Files.createDirectories(
                    Path.of(Objects.requireNonNull(System.getenv("SPARK_HOME")), "jars"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        conf.setAppName("test")
                .setIfMissing("spark.ui.enabled", "false")
                .setIfMissing("spark.driver.host", "127.0.0.1")
                .setIfMissing("spark.driver.bindAddress", "127.0.0.1")
                .setIfMissing(
                        "spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .setIfMissing("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1")
                .setIfMissing("spark.executorEnv.OMP_NUM_THREADS", "1")
                .setIfMissing("spark.executorEnv.OPT_OUT_TRACKING", "true")
                .setIfMissing("spark.executorEnv.DJL_OFFLINE", "true");
        return new JavaSparkContext(conf);
    }
}
