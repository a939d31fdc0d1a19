package org.djlsparse.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;
import org.apache.spark.rpc.RpcEnv;

import java.util.ArrayList;
import java.util.List;

import scala.Option;

/**
 * A standalone cluster of two hosts, which are two addresses of this machine. Spark speculates a
 * task only on another host than the first attempt's, so that a {@code local-cluster} does not.
 */
final class TwoHosts implements AutoCloseable {

    private final List<RpcEnv> services = new ArrayList<>();
    private final JavaSparkContext spark;

    TwoHosts(SparkConf conf) {
        SparkConf own = conf.clone().set("spark.ui.enabled", "false");
        var master = Master.startRpcEnvAndEndpoint("127.0.0.1", 0, 0, own);
        services.add(master._1());
        String url = "spark://127.0.0.1:" + master._1().address().port();
        for (int i = 0; i < 2; i++) {
            services.add(
                    Worker.startRpcEnvAndEndpoint(
                            "127.0.0." + (i + 1),
                            0,
                            0,
                            1,
                            1024,
                            new String[] {url},
                            null,
                            Option.apply(i),
                            own,
                            Option.empty()));
        }
        spark = LocalCluster.start(conf.setMaster(url));
    }

    JavaSparkContext getSpark() {
        return spark;
    }

    @Override
    public void close() {
        spark.close();
        services.forEach(RpcEnv::shutdown);
        services.forEach(RpcEnv::awaitTermination);
    }
}
