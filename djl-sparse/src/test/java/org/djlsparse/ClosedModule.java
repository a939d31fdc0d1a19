package org.djlsparse;

import ai.djl.training.optimizer.Optimizer;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

import javax.tools.ToolProvider;

import static org.assertj.core.api.Assertions.assertThat;

/** A Java module that opens no package to reflection, with an optimizer. */
final class ClosedModule {

    private static final String SOURCE =
            """
            package closed;

            import ai.djl.Device;
            import ai.djl.ndarray.NDArray;
            import ai.djl.training.optimizer.Optimizer;
            import java.util.HashMap;
            import java.util.Map;

            public class ClosedOptimizer extends Optimizer {
                private final Map<String, Map<Device, NDArray>> state = new HashMap<>();

                public ClosedOptimizer() {
                    super(new Builder());
                }

                @Override
                public void update(String id, NDArray weight, NDArray grad) {}

                private static final class Builder extends OptimizerBuilder<Builder> {
                    @Override
                    protected Builder self() {
                        return this;
                    }
                }
            }
            """;

    private ClosedModule() {}

    /** Compiles the module in a folder and loads it. */
    static Optimizer newOptimizer(Path folder) throws Exception {
        Path source = Files.createDirectories(folder.resolve("source/closed"));
        Path module = folder.resolve("source/module-info.java");
        Files.writeString(module, "module closed { exports closed; }");
        Path optimizer = source.resolve("ClosedOptimizer.java");
        Files.writeString(optimizer, SOURCE);
        Path classes = folder.resolve("classes");
        Path djl =
                Path.of(
                        Optimizer.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        int result =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "--add-reads",
                                "closed=ALL-UNNAMED",
                                "-cp",
                                djl + File.pathSeparator,
                                "-d",
                                classes.toString(),
                                module.toString(),
                                optimizer.toString());
        assertThat(result).isZero();
        Configuration configuration =
                ModuleLayer.boot()
                        .configuration()
                        .resolve(ModuleFinder.of(classes), ModuleFinder.of(), Set.of("closed"));
        ModuleLayer.Controller controller =
                ModuleLayer.defineModulesWithOneLoader(
                        configuration,
                        List.of(ModuleLayer.boot()),
                        Optimizer.class.getClassLoader());
        Module closed = controller.layer().findModule("closed").orElseThrow();
        controller.addReads(closed, Optimizer.class.getModule());
        return (Optimizer)
                closed.getClassLoader()
                        .loadClass("closed.ClosedOptimizer")
                        .getConstructor()
                        .newInstance();
    }
}
