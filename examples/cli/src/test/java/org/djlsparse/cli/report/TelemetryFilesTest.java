package org.djlsparse.cli.report;

import org.djlsparse.training.LayerRefresh;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class TelemetryFilesTest {

    @TempDir Path folder;

    @Test
    void quotesNamesThatNeedItAndLeavesTheFirstFlipRatesEmpty() throws IOException {
        Path file = folder.resolve("masks.csv");

        TelemetryFiles.writeMasks(
                List.of(
                        new LayerRefresh(1, "plain", 0, 0.5, 0.01, Map.of()),
                        new LayerRefresh(1, "a, b", 0, 0.75, 0.01, Map.of()),
                        new LayerRefresh(3, "say \"no\"", 0.25, 0.5, 0.01, Map.of()),
                        new LayerRefresh(3, "two\nlines", 0, 1, 0.01, Map.of())),
                file);

        assertThat(Files.readString(file))
                .isEqualTo(
                        "step,layer,flip_rate,kept_magnitude\n"
                                + "2,plain,,0.5\n"
                                + "2,\"a, b\",,0.75\n"
                                + "4,\"say \"\"no\"\"\",0.25,0.5\n"
                                + "4,\"two\nlines\",0.0,1.0\n");
    }
}
