package org.djlsparse.spark;

import org.apache.spark.api.java.function.Function2;

/** Adds the results of tasks, in Spark. */
final class MergeSums implements Function2<TreeSum, TreeSum, TreeSum> {

    private static final long serialVersionUID = 1;

    @Override
    public TreeSum call(TreeSum one, TreeSum other) {
        return one.merge(other);
    }
}
