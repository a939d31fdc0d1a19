package org.djlsparse.examples.cli;

import org.djlsparse.examples.report.Json;

import java.io.PrintWriter;
import java.util.function.Supplier;

import picocli.CommandLine.Model.CommandSpec;

/** Prints what a command found: one JSON object for programs, or text for people. */
final class Answer {

    private Answer() {}

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
