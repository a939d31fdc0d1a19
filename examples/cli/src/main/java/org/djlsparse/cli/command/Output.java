package org.djlsparse.cli.command;

import ai.djl.util.Progress;

import org.djlsparse.cli.report.Json;
import org.djlsparse.cli.report.Printable;
import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option {@code --json}, and a command's output in the form that it asks for. */
public final class Output {

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    /** Created by picocli, which fills in the option. */
    @SuppressWarnings("NullAway.Init")
    public Output() {}

    /**
     * Prints a result: a record as JSON for programs, or text for people.
     *
     * @param report the record
     * @param text returns the text
     */
    public void print(Object report, Supplier<String> text) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.of(report));
        } else {
            out.print(text.get());
        }
        out.flush();
    }

    /**
     * Prints the warnings about a file to stderr.
     *
     * @param warnings the warnings
     */
    public void warn(List<String> warnings) {
        warn(spec, warnings);
    }

    /** Prints the warnings about a file to stderr. */
    static void warn(CommandSpec spec, List<String> warnings) {
        PrintWriter err = spec.commandLine().getErr();
        for (String warning : warnings) {
            err.println(spec.qualifiedName() + ": warning: " + Printable.of(warning));
        }
        err.flush();
    }

    /**
     * Prints a line for people; nothing with {@code --json}.
     *
     * @param line the line
     */
    public void say(Object line) {
        if (!json) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(line);
            out.flush();
        }
    }

    /** Returns a bar on a terminal, lines elsewhere, and null with {@code --json}. */
    @SuppressWarnings("SystemConsoleNull") // the launcher asks newer JDKs for the old behaviour
    @Nullable Progress newProgress() {
        if (json) {
            return null;
        }
        return System.console() == null
                ? new LineProgress(spec.commandLine().getErr())
                : new BarProgress();
    }

    /** Returns a printer of a line per stage of a run, which prints nothing with {@code --json}. */
    Consumer<String> newStages() {
        PrintWriter err = spec.commandLine().getErr();
        return stage -> {
            if (!json) {
                err.println(stage);
                err.flush();
            }
        };
    }
}
