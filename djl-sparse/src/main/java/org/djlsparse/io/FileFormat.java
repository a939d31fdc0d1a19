package org.djlsparse.io;

import java.nio.file.Path;
import java.util.Locale;

/** The formats of weight files, known by the extension of the file's name. */
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
    /** NumPy's single array, which has no name of its own: the file's name without extension. */
    NPY(".npy");

    private final String extension;

    FileFormat(String extension) {
        this.extension = extension;
    }

    /**
     * Tells the format of a file by its name.
     *
     * @param file the file, which need not be there
     * @return the format
     * @throws WeightFileException if the extension is none of those known
     */
    public static FileFormat of(Path file) throws WeightFileException {
        String name = nameOf(file).toLowerCase(Locale.ROOT);
        for (FileFormat format : values()) {
            if (name.endsWith(format.getExtension())) {
                return format;
            }
        }
        if (ShardIndex.NAME.matcher(name).matches()) {
            return SHARDED;
        }
        throw WeightFileException.of(
                file, "must end in .safetensors, .safetensors.index.json, .npz or .npy");
    }

    /**
     * Returns the extension.
     *
     * @return such as {@code .npz}
     */
    public String getExtension() {
        return extension;
    }

    /** Throws unless a file's name says that it has this format. */
    void check(Path file) throws WeightFileException {
        if (of(file) != this) {
            throw WeightFileException.of(file, "must end in " + extension);
        }
    }

    /** The file's name without folder; empty for a root. */
    static String nameOf(Path file) {
        Path name = file.getFileName();
        return name == null ? "" : name.toString();
    }
}
