package org.djlsparse.torch;

import ai.djl.engine.EngineException;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;

import org.djlsparse.Sparsifier;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.concurrent.Callable;

import static org.assertj.core.api.Assertions.assertThat;

/** The library where DJL's PyTorch engine is not on the class path. */
class WithoutEngineTest {

    @Test
    void allButTheTorchSolverWorks() throws Exception {
        ClassLoader loader = new LoaderWithoutEngine();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            Callable<?> use =
                    (Callable<?>)
                            loader.loadClass(Use.class.getName())
                                    .getDeclaredConstructor()
                                    .newInstance();
            assertThat(use.getClass()).isNotEqualTo(Use.class);
            assertThat(use.call())
                    .isEqualTo(
                            "8; solver \"torch\": needs DJL's PyTorch engine on the class path"
                                    + " (ai.djl.pytorch:pytorch-engine); "
                                    + "gradient hooks need DJL's PyTorch engine and JNA: Deep"
                                    + " learning engine not found: PyTorch");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Runs with the classes of the loader below. */
    public static final class Use implements Callable<String> {

        @Override
        public String call() {
            float[] weights = new float[16];
            NmPattern pattern = NmPattern.of(2, 4);
            WeightShape shape = WeightShape.of(4, 4);
            long kept = MaskSolver.auto().solve(weights, shape, pattern).getKeptCount();
            MaskSolver torch = TorchMaskSolver.create();
            Sparsifier sparsifier =
                    Sparsifier.builder()
                            .setPattern(pattern)
                            .optSolver(torch)
                            .optKernel(LinearKernel.packed())
                            .build();
            Block wrapped = sparsifier.wrap(Linear.builder().setUnits(8).build());
            sparsifier.unwrap(wrapped);
            try {
                return kept + "; " + torch.solve(weights, shape, pattern);
            } catch (EngineException e) {
                return kept + "; " + e.getMessage() + "; " + GradientHooks.getReason();
            }
        }
    }

    /** Defines all classes anew, but for those of the engine, which it lacks. */
    private static final class LoaderWithoutEngine extends ClassLoader {

        private static final ClassLoader ALL = WithoutEngineTest.class.getClassLoader();

        LoaderWithoutEngine() {
            super(ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("ai.djl.pytorch.")) {
                throw new ClassNotFoundException(name);
            }
            try (InputStream stream = ALL.getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (stream == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = stream.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        @Override
        protected URL findResource(String name) {
            return ALL.getResource(name);
        }

        @Override
        protected Enumeration<URL> findResources(String name) throws IOException {
            return name.startsWith("META-INF/services/")
                    ? Collections.emptyEnumeration()
                    : ALL.getResources(name);
        }
    }
}
