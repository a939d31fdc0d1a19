package org.djlsparse.cli.command;

import org.djlsparse.cli.Main;

import java.io.PrintWriter;
import java.io.StringWriter;

import picocli.CommandLine;

/** The outcome of a command line. */
record Outcome(int exitCode, String out, String err) {

    static Outcome of(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = Main.newCommandLine();
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode = command.execute(args);
        return new Outcome(exitCode, out.toString(), err.toString());
    }
}
