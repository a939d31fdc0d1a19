package org.djlsparse.cli.weights;

import org.djlsparse.io.LeftOutTensor;

import java.util.List;

/**
 * A tensor that a command leaves out, for programs. The components are the keys of its JSON.
 *
 * @param name the tensor's name
 * @param shape its dimensions
 * @param reason why it is left out, in words
 */
@SuppressWarnings("ArrayRecordComponent") // only written out
public record LeftOutJson(String name, long[] shape, String reason) {

    static List<LeftOutJson> of(List<LeftOutTensor> tensors) {
        return tensors.stream()
                .map(
                        left ->
                                new LeftOutJson(
                                        left.tensor().name(), left.tensor().shape(), left.reason()))
                .toList();
    }
}
