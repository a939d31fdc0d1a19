package org.djlsparse.cli.command;

import ai.djl.TrainingDivergedException;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.report.Printable;
import org.djlsparse.io.WeightFileException;

import java.io.IOException;
import java.io.PrintWriter;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Reports errors as a line on stderr and an exit code. */
public final class Errors {

    private static final int FAILURE = 1;
    private static final int BAD_INPUT = 2;

    private Errors() {}

    /**
     * Installs the handlers of a command.
     *
     * @param command the root command
     * @return the same command
     */
    public static CommandLine handle(CommandLine command) {
        return command.setParameterExceptionHandler(Errors::badOption)
                .setExecutionExceptionHandler(Errors::failure);
    }

    private static int badOption(ParameterException e, String[] args) {
        return report(e.getCommandLine(), messageOf(e), BAD_INPUT);
    }

    private static int failure(Exception e, CommandLine command, ParseResult parsed) {
        if (e instanceof InputException input) {
            return report(command, messageOf(input, command), BAD_INPUT);
        }
        if (e instanceof WeightFileException) {
            return report(command, messageOf(e), BAD_INPUT);
        }
        if (e instanceof TrainingDivergedException || e instanceof IOException) {
            return report(command, messageOf(e), FAILURE);
        }
        // Unexpected: a stack trace helps to find the cause.
        PrintWriter err = command.getErr();
        e.printStackTrace(err);
        return report(command, e.toString(), FAILURE);
    }

    /** A field that is an option of the command is called by the option's name. */
    private static String messageOf(InputException e, CommandLine command) {
        String option = "--" + e.getField();
        boolean known = command.getCommandSpec().optionsMap().containsKey(option);
        return (known ? "--" : "") + messageOf(e);
    }

    private static String messageOf(Exception e) {
        String message = e.getMessage();
        return message == null ? e.toString() : message;
    }

    private static int report(CommandLine command, String message, int exitCode) {
        PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().qualifiedName() + ": " + Printable.of(message));
        err.flush();
        return exitCode;
    }
}
