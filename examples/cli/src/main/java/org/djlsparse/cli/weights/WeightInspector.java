package org.djlsparse.cli.weights;

import org.djlsparse.io.PatternProbe;
import org.djlsparse.io.StoredTensor;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Inspects all tensors of a file of any kind. */
public final class WeightInspector {

    private static final String MASKS_KEY = "djl-sparse.masks";
    private static final List<NmPattern> COMMON =
            Stream.of("1:2", "1:4", "2:4", "3:4", "2:8", "4:8", "1:16", "2:16", "4:16", "8:16")
                    .map(NmPattern::parse)
                    .toList();

    private WeightInspector() {}

    /**
     * Inspects a file. Cost: one pass over its tensors.
     *
     * @param path the file
     * @param pattern the pattern to look for; null for the common ones of which a tensor has more
     *     than N inputs
     * @return its content
     * @throws IOException if the file cannot be read
     */
    public static Inspection inspect(Path path, @Nullable NmPattern pattern) throws IOException {
        try (WeightFile file = WeightFile.open(path)) {
            Map<String, StoredTensor> stored = new HashMap<>();
            if (file.isCompressed()) {
                file.getStoredTensors().forEach(t -> stored.put(t.tensor().name(), t));
            }
            List<InspectedTensor> tensors = new ArrayList<>();
            for (TensorInfo tensor : file.getTensors()) {
                tensors.add(inspect(file, tensor, stored.get(tensor.name()), pattern));
            }
            return new Inspection(kind(file), file.getSize(), tensors, file.getWarnings());
        }
    }

    private static String kind(WeightFile file) {
        if (file.isCompressed()) {
            return "compressed";
        }
        if (!file.getShards().isEmpty()) {
            return "shards";
        }
        return file.getMetadata().containsKey(MASKS_KEY) ? "masks" : "weights";
    }

    /** The common patterns that a tensor could break, since it has more than N inputs. */
    private static List<NmPattern> common(TensorInfo tensor) {
        return COMMON.stream().filter(pattern -> tensor.shape()[1] > pattern.n()).toList();
    }

    private static List<String> texts(List<NmPattern> patterns) {
        return patterns.stream().map(NmPattern::toString).toList();
    }

    private static InspectedTensor inspect(
            WeightFile file,
            TensorInfo tensor,
            @Nullable StoredTensor stored,
            @Nullable NmPattern pattern)
            throws IOException {
        Double density = null;
        List<String> inputs = null;
        List<String> bothWays = null;
        if (PatternProbe.supports(tensor)) {
            PatternProbe.Result found =
                    PatternProbe.probe(
                            file, tensor, pattern == null ? common(tensor) : List.of(pattern));
            density = found.density();
            inputs = texts(found.alongInputs());
            bothWays = texts(found.bothWays());
        }
        NmPattern compressed = stored == null ? null : stored.pattern();
        return new InspectedTensor(
                tensor.name(),
                tensor.typeName(),
                tensor.type().isOpaque(),
                tensor.shape(),
                tensor.getByteCount(),
                stored == null ? tensor.getByteCount() : stored.getBytes(),
                compressed == null ? null : compressed.toString(),
                density,
                inputs,
                bothWays);
    }
}
