package org.djlsparse.io;

import org.djlsparse.internal.mask.DenseReason;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a tensor of a file gets a mask, and if not, why. The rule is the same as for a model's
 * parameters: weights of products that have at least M outputs and M inputs get masks.
 *
 * <p>Files of {@code ModelWeights} list the tensors that are not weights of products ({@link
 * DenseTensors}). In other files names and shapes tell embeddings, tables of positions and some
 * grouped and transposed convolutions, see {@link DenseReason#forName}.
 *
 * @param tensor the tensor
 * @param reason why it gets no mask, in words; null if it gets one
 * @param possible whether it can carry a mask at all: it has a floating type and is [out, in] or
 *     [out, in, k1, ...]
 */
public record TensorChoice(TensorInfo tensor, @Nullable String reason, boolean possible) {

    private static final List<ElementType> TYPES =
            Arrays.stream(ElementType.values()).filter(ElementType::isDecodable).toList();

    /**
     * Decides for each tensor of a file.
     *
     * @param file the file
     * @param pattern the pattern of the masks
     * @return the choices, in the file's order
     * @throws WeightFileException if the file's metadata is damaged
     */
    public static List<TensorChoice> of(WeightFile file, NmPattern pattern)
            throws WeightFileException {
        Map<String, long[]> shapes = new HashMap<>();
        file.getTensors().forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
        Map<TensorInfo, DenseTensors> told = DenseTensors.read(file);
        List<TensorChoice> choices = new ArrayList<>();
        for (TensorInfo tensor : file.getTensors()) {
            String never = rejection(tensor);
            DenseTensors model = told.get(tensor);
            String reason = never;
            if (reason == null) {
                reason =
                        model == null
                                ? DenseReason.forName(
                                        tensor.name(),
                                        tensor.shape(),
                                        name -> Optional.ofNullable(shapes.get(name)))
                                : model.reasons().get(tensor.name());
            }
            if (reason == null) {
                reason = DenseReason.forPattern(tensor.shape(), pattern);
            }
            choices.add(new TensorChoice(tensor, reason, never == null));
        }
        return choices;
    }

    /**
     * Returns why a tensor can carry no mask of any pattern.
     *
     * @param tensor the tensor
     * @return the reason, in words; null if it can carry a mask
     */
    public static @Nullable String rejection(TensorInfo tensor) {
        return tensor.type().isDecodable()
                ? DenseReason.forShape(tensor.shape(), Long.MAX_VALUE)
                : "data type " + tensor.typeName() + ", which is not in " + TYPES;
    }

    /**
     * Returns whether the tensor gets a mask.
     *
     * @return {@code true} if {@link #reason} is null
     */
    public boolean isChosen() {
        return reason == null;
    }
}
