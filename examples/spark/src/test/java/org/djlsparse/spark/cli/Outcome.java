package org.djlsparse.spark.cli;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

import java.io.PrintWriter;
import java.io.StringWriter;

import picocli.CommandLine;

/** The outcome of a command line. */
record Outcome(int exitCode, String out, String err) {

    /** Runs a command on Spark, which all tests of this JVM share. */
    static Outcome of(String... args) {
        return run(Main.newCommandLine(application -> Shared.SPARK), args);
    }

    /** Runs the command of a single machine. */
    static Outcome ofSingle(String... args) {
        return run(org.djlsparse.cli.Main.newCommandLine(), args);
    }

    private static Outcome run(CommandLine command, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode = command.execute(args);
        return new Outcome(exitCode, out.toString(), err.toString());
    }

    /** Spark, which starts when the first command needs it, and ends with the JVM. */
    private static final class Shared {

        static final JavaSparkContext SPARK =
                new JavaSparkContext(
                        new SparkConf()
                                .setMaster("local[2]")
                                .setAppName("test")
                                .set("spark.ui.enabled", "false")
                                .set("spark.driver.host", "127.0.0.1")
                                .set("spark.driver.bindAddress", "127.0.0.1"));
    }
}
