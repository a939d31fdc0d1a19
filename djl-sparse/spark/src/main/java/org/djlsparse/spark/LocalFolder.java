package org.djlsparse.spark;

import org.apache.spark.SparkEnv;
import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A temporary folder on the disk that Spark uses for its own temporary files. */
final class LocalFolder implements AutoCloseable {

    private final Path path;

    private LocalFolder(Path path) {
        this.path = path;
    }

    static LocalFolder create() throws IOException {
        Path parent = Path.of(sparkFolder());
        Files.createDirectories(parent);
        return new LocalFolder(Files.createTempDirectory(parent, "djl-sparse-"));
    }

    /** Returns the first local folder, in the order of Spark's own search for them. */
    private static String sparkFolder() {
        String yarn = first(System.getenv("LOCAL_DIRS"), ",");
        String standalone = first(System.getenv("SPARK_EXECUTOR_DIRS"), File.pathSeparator);
        String others = first(System.getenv("SPARK_LOCAL_DIRS"), ",");
        String fallback = System.getProperty("java.io.tmpdir", ".");
        SparkEnv spark = SparkEnv.get();
        String configured =
                spark == null ? null : first(spark.conf().get("spark.local.dir", ""), ",");
        return Stream.of(yarn, standalone, others, configured, fallback)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(fallback);
    }

    private static @Nullable String first(@Nullable String folders, String separator) {
        return folders == null || folders.isBlank()
                ? null
                : folders.split(Pattern.quote(separator), 2)[0].strip();
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    Path getPath() {
        return path;
    }

    @Override
    public void close() throws IOException {
        Files.walkFileTree(
                path,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path folder, IOException e)
                            throws IOException {
                        Files.delete(folder);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
