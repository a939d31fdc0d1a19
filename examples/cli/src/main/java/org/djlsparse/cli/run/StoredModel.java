package org.djlsparse.cli.run;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;

import org.djlsparse.ModelWeights;
import org.djlsparse.cli.task.Task;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The weights of a trained model in a file, from which later runs start or learn. */
public final class StoredModel implements ModelSaver, Start, AutoCloseable {

    private final Path file;
    private final boolean temporary;
    private final NDManager manager = NDManager.newBaseManager();
    private @Nullable Block loaded;

    private StoredModel(Path file, boolean temporary) {
        this.file = file;
        this.temporary = temporary;
    }

    /**
     * Creates a place for a model in a temporary file, which is deleted on close.
     *
     * @return the place, still empty
     * @throws IOException if the file cannot be created
     */
    public static StoredModel create() throws IOException {
        return new StoredModel(Files.createTempFile("djl-sparse", ".safetensors"), true);
    }

    /**
     * Returns the place of a model in a file, which stays on close.
     *
     * @param file a {@code .safetensors} file, which may not exist yet
     * @return the place
     */
    public static StoredModel at(Path file) {
        return new StoredModel(file, false);
    }

    @Override
    public void save(String name, Block block) throws IOException {
        ModelWeights.write(block, file);
        loaded = null;
    }

    @Override
    public Block newBlock(Task task, NDManager owner) throws IOException {
        Block block = task.newBlock();
        block.initialize(owner, DataType.FLOAT32, task.getInputShape());
        ModelWeights.read(block, file);
        return block;
    }

    /**
     * Loads the model for predictions, once.
     *
     * @param task the task of the model
     * @return the model, which is closed with this place
     * @throws IOException if the file cannot be read
     */
    public Block load(Task task) throws IOException {
        Block block = loaded;
        if (block == null) {
            block = newBlock(task, manager);
            block.freezeParameters(true);
            loaded = block;
        }
        return block;
    }

    @Override
    public void close() throws IOException {
        manager.close();
        if (temporary) {
            Files.deleteIfExists(file);
        }
    }
}
