package org.djlsparse.io;

import java.nio.file.Path;
import java.util.Locale;

/** The formats of weight files, known by the extension of the file's name. */
public enum FileFormat {
    /** Hugging Face's safetensors. */
    SAFETENSORS,
    /** NumPy's archive of arrays. */
    NPZ,
    /** NumPy's single array, which has no name of its own: the file's name without extension. */
    NPY;

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
        throw WeightFileException.of(file, "must end in .safetensors, .npz or .npy");
    }

    /**
     * Returns the extension.
     *
     * @return such as {@code .npz}
     */
    public String getExtension() {
        return "." + name().toLowerCase(Locale.ROOT);
    }

    /** The file's name without folder; empty for a root. */
    static String nameOf(Path file) {
        Path name = file.getFileName();
        return name == null ? "" : name.toString();
    }
}
