package org.djlsparse.spark.cli;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/** The cluster that {@code spark-submit} has set, which is left when the program ends. */
final class OwnCluster implements Cluster, AutoCloseable {

    private static final String NAME = "spark.app.name";

    private @Nullable JavaSparkContext spark;

    @Override
    public JavaSparkContext connect(String application) {
        if (spark == null) {
            SparkConf conf = new SparkConf();
            // Without --name, spark-submit takes the class.
            if (conf.get(NAME, Main.class.getName()).equals(Main.class.getName())) {
                conf.setAppName(application);
            }
            spark = new JavaSparkContext(conf);
        }
        return spark;
    }

    @Override
    public void close() {
        if (spark != null) {
            spark.close();
        }
    }
}
