package org.djlsparse.spark;

import org.djlsparse.io.Shard;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileException;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The work of one task on a checkpoint: whole tensors, where they are, and the file to write.
 *
 * @param number the number of the task, from 0 on
 * @param name the name of the file that it writes; empty if it writes none
 * @param masksName the name of the file of its masks; empty if it writes none
 * @param tensors its tensors, in the checkpoint's order
 * @param locations the file that holds each of them
 * @param selected the positions in {@code tensors} of those to work on; others are copied
 * @param metadata the metadata of the file that it writes
 */
record ShardTask(
        int number,
        String name,
        String masksName,
        ArrayList<TensorInfo> tensors,
        ArrayList<String> locations,
        ArrayList<Integer> selected,
        LinkedHashMap<String, String> metadata)
        implements Serializable {

    static ShardTask of(
            WeightFile file,
            Shard shard,
            Set<String> selected,
            int number,
            String name,
            String masksName) {
        ArrayList<TensorInfo> tensors = new ArrayList<>(shard.tensors());
        ArrayList<String> locations = new ArrayList<>();
        ArrayList<Integer> positions = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            locations.add(file.getLocation(tensors.get(i)));
            if (selected.contains(tensors.get(i).name())) {
                positions.add(i);
            }
        }
        return new ShardTask(
                number,
                name,
                masksName,
                tensors,
                locations,
                positions,
                new LinkedHashMap<>(shard.metadata()));
    }

    /** Opens the tensors as a file of their own. */
    WeightFile open(HadoopFiles files) throws WeightFileException {
        Map<String, String> locationOf = new HashMap<>();
        for (int i = 0; i < tensors.size(); i++) {
            locationOf.put(tensors.get(i).name(), locations.get(i));
        }
        return WeightFile.open(
                new Shard(tensors, metadata),
                tensor -> files.file(String.valueOf(locationOf.get(tensor.name()))));
    }

    List<TensorInfo> getSelected() {
        return selected.stream().map(tensors::get).toList();
    }
}
