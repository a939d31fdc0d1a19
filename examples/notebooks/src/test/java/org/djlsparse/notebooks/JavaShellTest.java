package org.djlsparse.notebooks;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class JavaShellTest {

    @Test
    void givesTheLastValue() {
        try (JavaShell shell = new JavaShell()) {
            shell.run("int twice(int x) {\n    return 2 * x;\n}\nint y = 4;");
            assertThat(shell.run("y++; // once\ntwice(y)")).isEqualTo("10");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "int x = ; | illegal start of expression",
                "int f() { return missing(); } | missing",
                "int f(Missing m) { return 1; } | Missing",
                "for (int i = 0; | not complete",
                "throw new IllegalStateException(\"by design\"); | by design",
            })
    void refusesWhatDoesNotRun(String code, String message) {
        try (JavaShell shell = new JavaShell()) {
            assertThatThrownBy(() -> shell.run(code))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining(message)
                    .hasMessageContaining(code);
        }
    }
}
