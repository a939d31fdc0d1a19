package org.djlsparse.cli.command;

import org.djlsparse.cli.report.Json;
import org.djlsparse.cli.report.Printable;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Supplier;

import picocli.CommandLine.Model.CommandSpec;

/** Prints the results of commands for files: one JSON object for programs, or text for people. */
final class Answer {

    private Answer() {}

    /** Prints the warnings about a file to stderr. */
    static void warn(CommandSpec spec, List<String> warnings) {
        PrintWriter err = spec.commandLine().getErr();
        for (String warning : warnings) {
            err.println(spec.qualifiedName() + ": warning: " + Printable.of(warning));
        }
        err.flush();
    }

    static void print(CommandSpec spec, boolean json, Object report, Supplier<String> text) {
        PrintWriter writer = spec.commandLine().getOut();
        if (json) {
            writer.println(Json.of(report));
        } else {
            writer.print(text.get());
        }
        writer.flush();
    }
}
