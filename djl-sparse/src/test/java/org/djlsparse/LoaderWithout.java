package org.djlsparse;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.concurrent.Callable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A class loader that defines all classes again, except those of the JDK, and lacks those of one
 * package.
 */
public final class LoaderWithout extends ClassLoader {

    private static final ClassLoader ALL = LoaderWithout.class.getClassLoader();

    private final String missing;

    /**
     * Creates a loader.
     *
     * @param missing the prefix of the names of missing classes, such as {@code kotlin.}
     */
    public LoaderWithout(String missing) {
        super(ClassLoader.getPlatformClassLoader());
        this.missing = missing;
    }

    /**
     * Runs a class of this loader.
     *
     * @param use the class, as loaded by the test's loader
     * @return the result of its instance in this loader
     * @throws Exception any exception that it throws
     */
    public Object call(Class<? extends Callable<?>> use) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(this);
        try {
            Class<?> here = loadClass(use.getName());
            assertThat(here).isNotEqualTo(use);
            return ((Callable<?>) here.getDeclaredConstructor().newInstance()).call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (name.startsWith(missing)) {
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
