package org.djlsparse.notebooks;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A notebook file.
 *
 * @param path the file
 * @param language the language of its code
 * @param cells the cells in order
 */
record Notebook(Path path, String language, List<Cell> cells) {

    /**
     * A cell.
     *
     * @param number the number of the cell, from 1
     * @param json the cell
     */
    record Cell(int number, JsonObject json) {

        boolean isCode() {
            return json.get("cell_type").getAsString().equals("code");
        }

        /** Whether only readers run the cell, since it sets the kernel's class path. */
        boolean isSkipped() {
            JsonArray tags = json.getAsJsonObject("metadata").getAsJsonArray("tags");
            return tags != null && tags.asList().toString().contains("\"skip-execution\"");
        }

        String source() {
            StringBuilder source = new StringBuilder();
            json.getAsJsonArray("source").forEach(line -> source.append(line.getAsString()));
            return source.toString();
        }
    }

    /** Returns the module's notebooks. */
    static List<Notebook> all() {
        try (Stream<Path> files = Files.list(Path.of(""))) {
            return files.filter(file -> file.toString().endsWith(".ipynb"))
                    .sorted()
                    .map(Notebook::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Notebook read(Path path) {
        JsonObject json;
        try {
            json = JsonParser.parseString(Files.readString(path)).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Cell> cells = new ArrayList<>();
        for (JsonElement cell : json.getAsJsonArray("cells")) {
            cells.add(new Cell(cells.size() + 1, cell.getAsJsonObject()));
        }
        JsonObject kernel = json.getAsJsonObject("metadata").getAsJsonObject("kernelspec");
        return new Notebook(path, kernel.get("language").getAsString(), cells);
    }

    String name() {
        return path.toString();
    }

    List<Cell> code() {
        return cells.stream().filter(Cell::isCode).toList();
    }

    /** Returns the text of all text cells. */
    String text() {
        StringBuilder text = new StringBuilder();
        cells.stream()
                .filter(cell -> !cell.isCode())
                .forEach(cell -> text.append(cell.source()).append("\n\n"));
        return text.toString();
    }
}
