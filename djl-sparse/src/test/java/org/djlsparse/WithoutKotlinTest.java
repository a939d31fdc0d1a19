package org.djlsparse;

import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;

import org.djlsparse.convert.AdaPrune;
import org.djlsparse.layer.LayerPolicy;
import org.djlsparse.layer.LayerSelector;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.training.GradientRule;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests of the library without Kotlin's standard library on the class path. */
class WithoutKotlinTest {

    private final LoaderWithout loader = new LoaderWithout("kotlin.");

    @Test
    void javaClassesLoad() throws Exception {
        List<String> names = classNames();

        assertThat(names).hasSizeGreaterThan(100).contains("org.djlsparse.Sparsifier");
        for (String name : names) {
            Class<?> type = Class.forName(name, false, loader);
            // Loads the classes of all fields, arguments and results.
            assertThat(type.getDeclaredFields()).isNotNull();
            assertThat(type.getDeclaredMethods()).isNotNull();
            assertThat(type.getDeclaredConstructors()).isNotNull();
        }
    }

    @Test
    void kotlinClassesDoNot() throws Exception {
        Class<?> dsl = Class.forName("org.djlsparse.kotlin.SparsifierScopeKt", false, loader);

        assertThatExceptionOfType(NoClassDefFoundError.class)
                .isThrownBy(dsl::getDeclaredMethods)
                .withMessageContaining("kotlin/");
    }

    @Test
    void javaWorks() throws Exception {
        assertThat(loader.call(Use.class))
                .isEqualTo(
                        "weight: 2:4; AdaPrune(patterns=[2:4], score=wanda, weights=closed"
                                + " form, sequential)");
    }

    /** Returns the names of the library's classes that are written in Java. */
    private static List<String> classNames() throws Exception {
        Path root =
                Path.of(
                        Sparsifier.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString())
                    .filter(file -> file.endsWith(".class"))
                    .map(file -> file.replaceAll("[/\\\\]", ".").replaceAll("\\.class$", ""))
                    .filter(name -> !name.startsWith("org.djlsparse.kotlin."))
                    .toList();
        }
    }

    /** The code that runs with the loader's classes. */
    public static final class Use implements Callable<String> {

        @Override
        public String call() {
            NmPattern pattern = NmPattern.of(2, 4);
            Sparsifier sparsifier =
                    Sparsifier.builder()
                            .setPattern(pattern)
                            .optRule(GradientRule.srSte(2e-4f))
                            .optPolicy(
                                    LayerPolicy.builder()
                                            .addDense(LayerSelector.matching("head"))
                                            .build())
                            .build();
            Block block = Linear.builder().setUnits(8).build();
            Block wrapped = sparsifier.wrap(block);
            var layer = sparsifier.report().layers().get(0);
            sparsifier.unwrap(wrapped);
            return layer.name()
                    + ": "
                    + layer.pattern()
                    + "; "
                    + AdaPrune.builder().setPattern(pattern).build();
        }
    }
}
