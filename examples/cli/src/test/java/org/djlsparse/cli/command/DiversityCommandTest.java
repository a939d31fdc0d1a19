package org.djlsparse.cli.command;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.math.BigInteger;

import static org.assertj.core.api.Assertions.assertThat;

class DiversityCommandTest {

    @Test
    void countsThePapersExample() {
        JsonObject root = json("--pattern", "4:8");
        assertThat(root.keySet())
                .containsExactly("pattern", "block", "unstructured", "row", "transposable");
        assertThat(root.get("pattern").getAsString()).isEqualTo("4:8");
        assertThat(root.get("block").getAsInt()).isEqualTo(8);
        assertCount(root, "unstructured", (double) 1832624140942590534L, "1832624140942590534");
        assertCount(root, "row", Math.pow(70, 8), "576480100000000");
        assertCount(root, "transposable", 17_557_585_920_000.0, "116963796250");

        assertThat(Outcome.of("diversity").out())
                .contains("masks of a block of 8 x 8, 4:8")
                .containsPattern("transposable +1\\.755759e\\+13 +116963796250");
    }

    @ParameterizedTest
    @CsvSource({"2:4, 8", "3:5, 10", "2:3, 9", "1:2, 8", "4:16, 16", "1:200, 200"})
    void aBlockIsAMultipleOfM(String pattern, int block) {
        assertThat(json("--pattern", pattern).get("block").getAsInt()).isEqualTo(block);
    }

    @Test
    void valuesBeyondADoubleAreText() {
        JsonObject root = json("--pattern", "2:4", "--block", "64");
        String exact = root.getAsJsonObject("row").get("exact").getAsString();
        assertThat(new BigInteger(exact)).isEqualTo(BigInteger.valueOf(6).pow(1024));
        assertThat(root.getAsJsonObject("row").get("formula").getAsString())
                .matches("\\d\\.\\d{6}e\\+796")
                .startsWith(exact.charAt(0) + "." + exact.substring(1, 5));
        assertThat(Outcome.of("diversity", "--pattern", "2:4", "--block", "64").out())
                .contains("(797 digits; --json prints them)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--block | 12 | --block 12: must be a multiple of M = 8, at most 256",
                "--block | 264 | --block 264: must be a multiple of M = 8, at most 256",
                "--block | 0 | at least 1",
                "--pattern | 2:257 | --pattern 2:257: M must be at most 256 to count",
                "--pattern | 16:32 | for M = 32, N must be at most 4 or at least 28",
                "--pattern | 8:4 | N must be from 1 to M = 4",
            })
    void refuses(String option, String value, String message) {
        String[] args =
                option.equals("--block")
                        ? new String[] {"diversity", "--pattern", "4:8", option, value}
                        : new String[] {"diversity", option, value};
        Outcome outcome = Outcome.of(args);
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().strip()).hasLineCount(1).contains(message);
    }

    private static void assertCount(JsonObject root, String name, double formula, String exact) {
        JsonObject count = root.getAsJsonObject(name);
        assertThat(count.keySet()).containsExactly("formula", "exact");
        assertThat(count.getAsJsonPrimitive("formula").isNumber()).isTrue();
        assertThat(count.get("formula").getAsDouble()).isEqualTo(formula);
        assertThat(count.get("exact").getAsString()).isEqualTo(exact);
    }

    private static JsonObject json(String... args) {
        String[] all = new String[args.length + 2];
        all[0] = "diversity";
        all[1] = "--json";
        System.arraycopy(args, 0, all, 2, args.length);
        Outcome outcome = Outcome.of(all);
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out().strip()).hasLineCount(1);
        return JsonParser.parseString(outcome.out()).getAsJsonObject();
    }
}
