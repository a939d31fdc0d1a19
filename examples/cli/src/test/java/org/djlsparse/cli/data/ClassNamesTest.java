package org.djlsparse.cli.data;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ClassNamesTest {

    @Test
    void listsTheJdksClasses() {
        List<String> names = ClassNames.list();

        assertThat(names)
                .hasSizeGreaterThan(5_000)
                .contains("HashMap", "TreeNode", "String")
                .doesNotHaveDuplicates()
                .isSorted()
                .allMatch(name -> name.matches("[A-Za-z0-9_]{2,}"));
    }

    @Test
    void isTheSameEachTime() {
        assertThat(ClassNames.list()).isEqualTo(ClassNames.list());
    }

    @Test
    void takesNestedClassesApart() {
        assertThat(ClassNames.simpleNames("HashMap$TreeNode.class"))
                .containsExactly("HashMap", "TreeNode");
        assertThat(ClassNames.simpleNames("Scanner$1.class")).containsExactly("Scanner");
        assertThat(ClassNames.simpleNames("Scanner$1Local.class")).containsExactly("Scanner");
        assertThat(ClassNames.simpleNames("module-info.class")).isEmpty();
        assertThat(ClassNames.simpleNames("package-info.class")).isEmpty();
    }
}
