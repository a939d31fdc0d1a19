package org.djlsparse.cli.convert;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;

import org.djlsparse.ModelWeights;
import org.djlsparse.cli.InputException;
import org.djlsparse.cli.task.Task;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A model in a folder: a {@code .safetensors} file, as {@code djl-sparse train --save} writes it,
 * or a {@code .params} file, as DJL writes it.
 */
public final class SavedModel {

    private static final String FIELD = "model-dir";
    private static final String PARAMS = ".params";
    private static final String SAFETENSORS = ".safetensors";
    private static final String PREFERRED = "dense";

    private SavedModel() {}

    /**
     * Loads the weights of a task's model from the file {@code dense}, or else from the only file.
     *
     * @param folder the folder
     * @param task the task of the model
     * @param manager the owner of the weights
     * @return the model
     * @throws InputException if there is no such file or more than one, or if it holds another
     *     model
     * @throws IOException if it cannot be read
     */
    public static Block load(Path folder, Task task, NDManager manager) throws IOException {
        Path file = find(folder);
        Block block = task.newBlock();
        if (file.toString().endsWith(SAFETENSORS)) {
            block.initialize(manager, DataType.FLOAT32, task.getInputShape());
            try {
                ModelWeights.read(block, file);
            } catch (IllegalArgumentException e) {
                throw new InputException(String.valueOf(e.getMessage()), e);
            }
            return block;
        }
        String name = nameOf(file);
        // The manager owns the model, since DJL closes the weights with the model.
        Model model = Model.newInstance(name);
        manager.attachInternal("model-" + name, model);
        model.setBlock(block);
        try {
            model.load(folder, name);
        } catch (MalformedModelException | EOFException | IllegalArgumentException e) {
            throw new InputException(file + ": is not a " + task.getModelName() + ": " + e, e);
        }
        if (!block.isInitialized()) { // DJL reports no error
            throw new InputException(
                    file + ": is not a " + task.getModelName() + ", nor a model of DJL's");
        }
        return block;
    }

    private static Path find(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new InputException(FIELD, folder, "must be a folder, is not");
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files =
                    all.filter(
                                    path ->
                                            path.toString().endsWith(SAFETENSORS)
                                                    || path.toString().endsWith(PARAMS))
                            .sorted()
                            .toList();
        }
        // Often both files of a model exist.
        Map<String, Path> models = new TreeMap<>();
        files.forEach(file -> models.put(nameOf(file), file));
        Path preferred = models.get(PREFERRED);
        if (preferred == null && models.size() != 1) {
            throw new InputException(
                    FIELD,
                    folder,
                    "must hold one model, NAME.safetensors or NAME-0000.params, or one of the name"
                            + " dense; has "
                            + (models.isEmpty() ? "none" : models.keySet()));
        }
        return preferred == null ? models.values().iterator().next() : preferred;
    }

    private static String nameOf(Path file) {
        return String.valueOf(file.getFileName())
                .replaceAll("(-\\d{4}\\.params|\\.safetensors)$", "");
    }

    /**
     * Writes a model in both formats, each file completely or not at all.
     *
     * @param block the model
     * @param folder an existing folder
     * @param name the files' name
     * @return the files
     * @throws IOException if they cannot be written
     */
    public static List<Path> save(Block block, Path folder, String name) throws IOException {
        Path weights = folder.resolve(name + SAFETENSORS);
        ModelWeights.write(block, weights);
        Path scratch = Files.createTempDirectory(folder, "." + name);
        try (Model model = Model.newInstance(name)) {
            model.setBlock(block);
            model.save(scratch, name);
            String file = name + "-0000" + PARAMS;
            Path params = folder.resolve(file);
            Files.move(
                    scratch.resolve(file),
                    params,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            return List.of(weights, params);
        } finally {
            deleteAll(scratch);
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            for (Path path : left.toList()) {
                Files.delete(path);
            }
        }
        Files.delete(folder);
    }
}
