package org.djlsparse.cli.command;

import org.djlsparse.cli.convert.SavedModel;
import org.djlsparse.cli.run.Start;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

import picocli.CommandLine.Option;

/** The option of the folder of a trained model. */
public final class ModelFolderOption {

    @Option(
            names = "--model-dir",
            paramLabel = "DIR",
            description =
                    "The folder of this task's model: dense.safetensors, dense-0000.params, or"
                            + " the folder's only model.")
    private @Nullable Path folder;

    /** Created by picocli, which fills in the option. */
    public ModelFolderOption() {}

    /**
     * Returns the folder.
     *
     * @return the folder; null if there is none
     */
    public @Nullable Path get() {
        return folder;
    }

    /**
     * Returns the model of the folder.
     *
     * @return what loads it; random weights without the option
     */
    public Start start() {
        Path given = folder;
        return given == null
                ? Start.RANDOM
                : (task, manager) -> SavedModel.load(given, task, manager);
    }
}
