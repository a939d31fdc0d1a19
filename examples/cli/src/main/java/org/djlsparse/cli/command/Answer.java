package org.djlsparse.cli.command;

import org.djlsparse.cli.report.Json;
import org.djlsparse.cli.report.Printable;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Supplier;

import picocli.CommandLine.Model.CommandSpec;

/** Prints what a command found: one JSON object for programs, or text for people. */
final class Answer {

    private Answer() {}

    /** Says on stderr what is odd about a file that was read. */
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
