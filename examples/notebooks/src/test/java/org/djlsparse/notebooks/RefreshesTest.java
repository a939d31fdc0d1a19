package org.djlsparse.notebooks;

import org.djlsparse.cli.run.LayerSample;
import org.djlsparse.training.LayerRefresh;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class RefreshesTest {

    @Test
    void gathersLayersByStep() {
        List<LayerRefresh> history =
                List.of(
                        new LayerRefresh(0, "a", 0, 0.7, 0.01, Map.of()),
                        new LayerRefresh(0, "b", 0, 0.6, 0.01, Map.of()),
                        new LayerRefresh(40, "a", 0.1, 0.8, 0.01, Map.of()),
                        new LayerRefresh(40, "b", 0.2, 0.9, 0.01, Map.of()));

        assertThat(Refreshes.of(history))
                .containsExactly(
                        Map.entry(
                                1,
                                List.of(
                                        new LayerSample("a", null, 0.7),
                                        new LayerSample("b", null, 0.6))),
                        Map.entry(
                                41,
                                List.of(
                                        new LayerSample("a", 0.1, 0.8),
                                        new LayerSample("b", 0.2, 0.9))));
    }
}
