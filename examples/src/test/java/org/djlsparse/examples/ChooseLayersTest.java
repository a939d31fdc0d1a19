package org.djlsparse.examples;

import org.junit.jupiter.api.Test;

import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

class ChooseLayersTest {

    @Test
    void theMostSensitiveLayerStaysDense() throws Exception {
        ProgramOutput output = ProgramOutput.of(ChooseLayers::main);

        List<String> bySensitivity =
                Pattern.compile("(?m)^(\\w+_weight) +[0-9.]+% +([-+][0-9.]+) ")
                        .matcher(output.text())
                        .results()
                        .sorted(Comparator.comparingDouble(ChooseLayersTest::lossChange).reversed())
                        .map(result -> result.group(1))
                        .toList();
        assertThat(bySensitivity).hasSize(4);
        assertThat(output.text())
                .containsPattern(
                        bySensitivity.get(0)
                                + " \\(\\d+, \\d+\\): left dense by entry 1 of the policy")
                .containsPattern(bySensitivity.get(1) + " .* 4:8 .* valid  valid    exact")
                .containsPattern(bySensitivity.get(2) + " .* 2:4 .* valid  valid    enumeration")
                .containsPattern(bySensitivity.get(3) + " .* 2:4 .* valid  valid    enumeration");
        double trained = output.number("accuracy, trained with masks:");
        assertThat(trained)
                .as("eight classes")
                .isGreaterThan(output.number("accuracy, masks without training:") + 0.05)
                .isGreaterThan(output.number("accuracy, dense:") - 0.05);
        output.checkPage(ChooseLayers.class);
    }

    private static double lossChange(MatchResult result) {
        return Double.parseDouble(result.group(2));
    }
}
