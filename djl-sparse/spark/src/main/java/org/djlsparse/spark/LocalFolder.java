package org.djlsparse.spark;

import org.apache.spark.SparkEnv;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

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
        for (String name : new String[] {"LOCAL_DIRS", "SPARK_EXECUTOR_DIRS", "SPARK_LOCAL_DIRS"}) {
            String folders = System.getenv(name);
            if (folders != null && !folders.isBlank()) {
                return folders.split("[,:]", 2)[0];
            }
        }
        String fallback = System.getProperty("java.io.tmpdir", ".");
        SparkEnv spark = SparkEnv.get();
        return spark == null
                ? fallback
                : spark.conf().get("spark.local.dir", fallback).split(",", 2)[0];
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
