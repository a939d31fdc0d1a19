package org.djlsparse.io;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Writes the shards of a checkpoint one after the other, then their index. */
final class ShardedSink implements TensorSink {

    private final List<SafetensorsSink> sinks = new ArrayList<>();
    private final List<Shard> shards;
    private final ReplacementFile index;
    private final byte[] indexText;
    private int shard;
    private int begun;

    /**
     * Creates a sink.
     *
     * @param files a file for each shard, then the file of the index
     * @param indexText the text of the index
     */
    ShardedSink(List<ReplacementFile> files, List<Shard> shards, byte[] indexText) {
        this.shards = shards;
        this.indexText = indexText;
        for (int i = 0; i < shards.size(); i++) {
            Shard s = shards.get(i);
            sinks.add(new SafetensorsSink(files.get(i), s.tensors(), s.metadata()));
        }
        index = files.get(shards.size());
    }

    @Override
    public void begin(TensorInfo tensor) throws IOException {
        if (begun == shards.get(shard).tensors().size()) {
            shard++;
            begun = 0;
        }
        begun++;
        sinks.get(shard).begin(tensor);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        sinks.get(shard).write(bytes, offset, length);
    }

    @Override
    public void finish() throws IOException {
        index.write(indexText);
    }
}
