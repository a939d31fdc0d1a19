package org.djlsparse.examples.weights;

import org.djlsparse.examples.InputException;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Which of a file's tensors can carry a mask, and are meant to.
 *
 * @param includes regular expressions, one of which must match the whole name; none stands for all
 * @param excludes regular expressions, none of which may match the whole name
 */
public record TensorFilter(List<Pattern> includes, List<Pattern> excludes) {

    /**
     * Chooses the tensors: floating, of two or more dimensions, not empty, included and not
     * excluded.
     *
     * @param file the file
     * @return at least one tensor, in the file's order
     * @throws InputException if none is left or an include matches none of the file's tensors
     */
    public List<TensorInfo> select(WeightFile file) {
        List<TensorInfo> tensors = file.getTensors();
        for (Pattern include : includes) {
            if (tensors.stream().noneMatch(tensor -> matches(include, tensor))) {
                throw new InputException(
                        "--include " + include + ": matches no tensor of " + file.getPath());
            }
        }
        List<TensorInfo> selected = tensors.stream().filter(this::takes).toList();
        if (selected.isEmpty()) {
            throw new InputException(
                    file.getPath()
                            + ": no tensor is eligible: one must be of type F64, F32, F16 or BF16,"
                            + " of two or more dimensions, not empty"
                            + (includes.isEmpty() && excludes.isEmpty()
                                    ? ""
                                    : ", included and not excluded"));
        }
        return selected;
    }

    private boolean takes(TensorInfo tensor) {
        return tensor.type().isDecodable()
                && tensor.shape().length >= 2
                && tensor.getCount() > 0
                && (includes.isEmpty() || includes.stream().anyMatch(p -> matches(p, tensor)))
                && excludes.stream().noneMatch(p -> matches(p, tensor));
    }

    private static boolean matches(Pattern pattern, TensorInfo tensor) {
        return pattern.matcher(tensor.name()).matches();
    }
}
