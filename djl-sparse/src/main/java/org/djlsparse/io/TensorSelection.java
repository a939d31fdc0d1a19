package org.djlsparse.io;

import java.util.List;

/**
 * The tensors of a file that a {@link TensorSelector} takes.
 *
 * @param selected the tensors that it takes, at least one, in the file's order
 * @param leftOut the others, in the file's order
 */
public record TensorSelection(List<TensorInfo> selected, List<LeftOutTensor> leftOut) {

    /** Creates a selection. */
    public TensorSelection {
        selected = List.copyOf(selected);
        leftOut = List.copyOf(leftOut);
    }
}
