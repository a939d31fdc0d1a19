package org.djlsparse.cli.weights;

import org.djlsparse.io.TensorInfo;

import java.util.List;

/**
 * Which of a file's tensors a command takes.
 *
 * @param selected those that it takes, at least one, in the file's order
 * @param leftOut the others, in the file's order
 */
public record TensorSelection(List<TensorInfo> selected, List<LeftOutTensor> leftOut) {}
