package org.djlsparse.spark.cli;

import org.djlsparse.cli.task.Task;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import picocli.CommandLine.Model.CommandSpec;

/**
 * A command as its arguments, which Spark can send to executors; its settings are objects that
 * cannot be serialized. Each process parses the arguments and opens the task once.
 *
 * @param args the arguments of the program
 * @param folder the folder that the user's relative paths start from
 */
record RemoteCommand(List<String> args, String folder) implements Serializable {

    private static final Map<RemoteCommand, Opened> OPENED = new ConcurrentHashMap<>();

    RemoteCommand {
        args = List.copyOf(args);
    }

    /** Returns the command that runs. */
    static RemoteCommand of(CommandSpec spec) {
        return new RemoteCommand(
                spec.root().commandLine().getParseResult().originalArgs(),
                Path.of("").toAbsolutePath().toString());
    }

    /** Returns the command and its task, which stay open until {@link #close}. */
    Opened open() {
        return OPENED.computeIfAbsent(this, RemoteCommand::newOpened);
    }

    private Opened newOpened() {
        Object parsed =
                Main.newCommandLine(
                                application -> {
                                    throw new IllegalStateException("only the driver connects");
                                })
                        .parseArgs(args.toArray(String[]::new))
                        .subcommand()
                        .commandSpec()
                        .userObject();
        TaskCommand command = (TaskCommand) Objects.requireNonNull(parsed);
        command.getTaskOptions().setFolder(Path.of(folder));
        return new Opened(command, command.open());
    }

    /** Frees the data of the task in this process. */
    void close() {
        Opened opened = OPENED.remove(this);
        if (opened != null) {
            opened.task().close();
        }
    }

    /**
     * The command in this process.
     *
     * @param command the command, whose options are parsed
     * @param task its task
     */
    record Opened(TaskCommand command, Task task) {}
}
