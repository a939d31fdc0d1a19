package org.djlsparse.cli.data;

import org.djlsparse.cli.InputException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Images of digits with their labels.
 *
 * @param images count x 28 x 28 bytes
 * @param labels count bytes, from 0 to 9
 */
public record LabelledImages(IdxFile images, IdxFile labels) {

    /** Height and width of an image. */
    public static final int SIDE = 28;

    /** The number of different labels. */
    public static final int CLASSES = 10;

    /**
     * Checks that images and labels match.
     *
     * @throws InputException if they do not
     */
    public LabelledImages {
        int[] dimensions = images.dimensions();
        if (dimensions[1] != SIDE || dimensions[2] != SIDE) {
            throw broken(
                    images,
                    "images of " + dimensions[1] + " x " + dimensions[2] + ", must have 28 x 28");
        }
        if (images.count() != labels.count()) {
            throw broken(labels, labels.count() + " labels for " + images.count() + " images");
        }
        for (byte label : labels.values()) {
            if (label < 0 || label >= CLASSES) {
                throw broken(labels, "label " + (label & 0xff) + ", must have 0 to 9");
            }
        }
    }

    private static InputException broken(IdxFile file, String content) {
        return new InputException(
                "data", file.file().getParent(), file.file().getFileName() + " has " + content);
    }

    /**
     * Reads one part of MNIST.
     *
     * @param folder the folder of the four files of MNIST, under their usual names
     * @param part {@code train} or {@code t10k}
     * @return the images
     * @throws InputException if a file is missing or broken
     */
    public static LabelledImages read(Path folder, String part) {
        if (!Files.isDirectory(folder)) {
            throw new InputException("data", folder, "must be a folder, is not");
        }
        return new LabelledImages(
                IdxFile.read(folder.resolve(part + "-images-idx3-ubyte.gz"), 3),
                IdxFile.read(folder.resolve(part + "-labels-idx1-ubyte.gz"), 1));
    }

    /**
     * Splits the images.
     *
     * @param share the share of the second part
     * @param seed the seed of the choice of its images
     * @return both parts, each in the order of the images
     */
    public List<LabelledImages> split(double share, long seed) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, count()).boxed().toList());
        Collections.shuffle(order, new Random(seed));
        int first = count() - Math.max(1, (int) (share * count()));
        return List.of(take(order.subList(0, first)), take(order.subList(first, count())));
    }

    private LabelledImages take(List<Integer> chosen) {
        List<Integer> sorted = chosen.stream().sorted().toList();
        return new LabelledImages(images.take(sorted), labels.take(sorted));
    }

    /**
     * Returns the number of images.
     *
     * @return the count
     */
    public int count() {
        return images.count();
    }
}
