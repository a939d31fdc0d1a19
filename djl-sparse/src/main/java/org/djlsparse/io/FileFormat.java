package org.djlsparse.io;

import java.io.File;
import java.nio.file.Path;
import java.util.Locale;

/** The formats of files of weights. The extension of a file's name tells its format. */
public enum FileFormat {
    /** Hugging Face's safetensors. */
    SAFETENSORS(".safetensors"),
    /**
     * The index of a checkpoint that is spread over several safetensors files, its shards. Its name
     * may have a variant, such as {@code .safetensors.index.fp16.json}.
     */
    SHARDED(".safetensors.index.json"),
    /** NumPy's archive of arrays. */
    NPZ(".npz"),
    /** NumPy's single array. It takes its name from the file, without the extension. */
    NPY(".npy");

    private final String extension;

    FileFormat(String extension) {
        this.extension = extension;
    }

    /**
     * Determines the format from the extension of a file's name.
     *
     * @param file the file, which need not exist
     * @return the format
     * @throws WeightFileException if the extension is unknown
     */
    public static FileFormat of(Path file) throws WeightFileException {
        return of(file.toString(), nameOf(file));
    }

    /**
     * Determines the format from the extension of a file's name.
     *
     * @param location the path or the URI of the file, which need not exist
     * @return the format
     * @throws WeightFileException if the extension is unknown
     */
    public static FileFormat of(String location) throws WeightFileException {
        return of(location, nameOf(location));
    }

    private static FileFormat of(String location, String fileName) throws WeightFileException {
        String name = fileName.toLowerCase(Locale.ROOT);
        for (FileFormat format : values()) {
            if (name.endsWith(format.getExtension())) {
                return format;
            }
        }
        if (ShardIndex.NAME.matcher(name).matches()) {
            return SHARDED;
        }
        throw WeightFileException.of(
                location, "must end in .safetensors, .safetensors.index.json, .npz or .npy");
    }

    /**
     * Returns the extension.
     *
     * @return the extension, such as {@code .npz}
     */
    public String getExtension() {
        return extension;
    }

    /** Checks that a file's name tells this format. */
    void check(Path file) throws WeightFileException {
        if (of(file) != this) {
            throw WeightFileException.of(file, "must end in " + extension);
        }
    }

    /** Returns the file's name without its folder; empty for a root. */
    static String nameOf(Path file) {
        Path name = file.getFileName();
        return name == null ? "" : name.toString();
    }

    /** Returns the name of the file at a path or a URI without its folder. */
    static String nameOf(String location) {
        return location.substring(
                1 + Math.max(location.lastIndexOf('/'), location.lastIndexOf(File.separatorChar)));
    }
}
