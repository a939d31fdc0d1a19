package org.djlsparse.spark.cli;

import org.apache.spark.api.java.JavaSparkContext;

/** Connects commands to Spark. Bad options are so reported before it starts. */
@FunctionalInterface
interface Cluster {

    /**
     * Connects to the cluster, or returns the connection that there is.
     *
     * @param application the name that Spark shows, unless the user has set one
     */
    JavaSparkContext connect(String application);
}
