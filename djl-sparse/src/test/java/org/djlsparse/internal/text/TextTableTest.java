package org.djlsparse.internal.text;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TextTableTest {

    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        TextTable table = new TextTable().alignRight(1, 3);
        table.add("name", "count", "text", "share");
        table.add("a", "12345678", "", "0.5%");
        table.add("longer name", "1", "more", "");

        assertThat(table.toString().lines())
                .containsExactly(
                        "name            count  text  share",
                        "a            12345678         0.5%",
                        "longer name         1  more");
    }

    @Test
    void noRowsAreNoText() {
        assertThat(new TextTable()).hasToString("");
    }

    @Test
    void sharesArePercents() {
        assertThat(TextTable.percent(0.12345)).isEqualTo("12.3%");
        assertThat(TextTable.percent(1)).isEqualTo("100.0%");
    }
}
