package org.djlsparse.cli.report;

import org.djlsparse.training.LayerRefresh;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class RefreshChartTest {

    @Test
    void gathersLayersByStep() {
        List<LayerRefresh> history =
                List.of(
                        new LayerRefresh(0, "a", 0, 0.7, 0.01, Map.of()),
                        new LayerRefresh(0, "b", 0, 0.6, 0.01, Map.of()),
                        new LayerRefresh(40, "a", 0.1, 0.8, 0.01, Map.of()),
                        new LayerRefresh(40, "b", 0.2, 0.9, 0.01, Map.of()));

        assertThat(RefreshChart.byStep(history))
                .containsExactly(
                        Map.entry(1L, history.subList(0, 2)),
                        Map.entry(41L, history.subList(2, 4)));
    }
}
