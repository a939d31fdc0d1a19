package org.djlsparse.cli.bench;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.Main;
import org.djlsparse.cli.bench.FileBenchmarkReport.Bounds;
import org.djlsparse.cli.bench.FileBenchmarkReport.Row;
import org.djlsparse.io.ElementType;
import org.djlsparse.io.FloatDecoder;
import org.djlsparse.io.TensorInfo;
import org.djlsparse.io.WeightFile;
import org.djlsparse.io.WeightFileWriter;
import org.djlsparse.mask.MaskSolver;
import org.djlsparse.mask.NmPattern;
import org.djlsparse.mask.WeightShape;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Times the commands for files on a file of normally distributed floats, each in a new process as a
 * user runs it, and the parts that no program can avoid. All take turns, so that a change of the
 * machine's speed affects all of them. The file stays in the system's cache.
 */
public final class FileBenchmark implements Closeable {

    /** The file, its masked form, its compressed form, and a decompressed file or a copy. */
    private static final int FILES = 4;

    private final int tensors;
    private final int size;
    private final NmPattern pattern;
    private final String patternOption;
    private final int turns;
    private final Consumer<String> progress;
    private final Path folder;
    private final Path in;
    private final Path log;
    private final Map<Part, Times> parts = new EnumMap<>(Part.class);
    private final Map<Command, Times> commands = new EnumMap<>(Command.class);
    private final Map<Command, Long> memory = new EnumMap<>(Command.class);

    /** A part that is timed separately. */
    private enum Part {
        READ,
        COPY,
        FLUSH,
        PASS,
        SOLVER,
        START
    }

    /** The commands, in the order in which they use each other's files. */
    private enum Command {
        MASK("mask", 1.5),
        CHECK("check", 1.5),
        INSPECT("inspect", 1.5),
        COMPRESS("compress", 2),
        DECOMPRESS("decompress", 2);

        final String text;
        final double goal;

        Command(String text, double goal) {
            this.text = text;
            this.goal = goal;
        }

        /** Returns the parts that no program can avoid. */
        List<Part> bound() {
            return switch (this) {
                case MASK -> List.of(Part.READ, Part.COPY, Part.SOLVER);
                case CHECK, INSPECT -> List.of(Part.READ, Part.PASS);
                case COMPRESS, DECOMPRESS -> List.of(Part.COPY);
            };
        }
    }

    /**
     * Writes the file.
     *
     * @param parent the parent of the temporary folder
     * @param tensors the number of tensors
     * @param size the number of rows, and of columns, of each tensor
     * @param pattern the pattern
     * @param patternOption the option by which the commands take the pattern
     * @param turns the number of turns
     * @param progress receives the name of each stage
     * @throws InputException if the folder has too little space
     * @throws IOException if writing fails
     */
    public FileBenchmark(
            Path parent,
            int tensors,
            int size,
            NmPattern pattern,
            String patternOption,
            int turns,
            Consumer<String> progress)
            throws IOException {
        this.tensors = tensors;
        this.size = size;
        this.pattern = pattern;
        this.patternOption = patternOption;
        this.turns = turns;
        this.progress = progress;
        long needed = FILES * (long) tensors * size * size * Float.BYTES;
        long free = Files.getFileStore(parent).getUsableSpace();
        if (free < needed) {
            throw new InputException(
                    "folder",
                    parent,
                    "has "
                            + (free >> 20)
                            + " MiB free, must have "
                            + (needed >> 20)
                            + "; choose another, or a smaller size");
        }
        folder = Files.createTempDirectory(parent, "djl-sparse-bench");
        in = folder.resolve("in.safetensors");
        log = folder.resolve("log.txt");
    }

    /**
     * Runs the benchmark.
     *
     * @return the report
     * @throws IOException if a file cannot be read or written, or a program fails
     */
    public FileBenchmarkReport run() throws IOException {
        progress.accept("writing " + in);
        write();
        for (int turn = 1; turn <= turns; turn++) {
            String ofAll = "turn " + turn + " of " + turns + ": ";
            progress.accept(ofAll + "parts");
            timeParts(turn == 1);
            for (Command command : Command.values()) {
                progress.accept(ofAll + command.text);
                time(command);
            }
            delete("masked", "small", "decompressed");
        }
        return report();
    }

    private void write() throws IOException {
        List<TensorInfo> infos = new ArrayList<>();
        for (int i = 0; i < tensors; i++) {
            infos.add(TensorInfo.of("layer" + i + ".weight", ElementType.F32, size, size));
        }
        SplittableRandom random = new SplittableRandom(1);
        ByteBuffer row = ByteBuffer.allocate(size * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (WeightFileWriter writer = WeightFileWriter.create(in, infos, Map.of(), false)) {
            for (long rows = (long) tensors * size; rows > 0; rows--) {
                for (int column = 0; column < size; column++) {
                    row.putFloat(column * Float.BYTES, (float) random.nextGaussian());
                }
                writer.write(row.array(), 0, row.capacity());
            }
            writer.complete();
            writer.replace();
        }
    }

    private void timeParts(boolean first) throws IOException {
        Path copy = folder.resolve("copy.safetensors");
        add(Part.READ, ChildProcess.run(log, List.of("cat", in.toString())).seconds());
        List<String> cp = List.of("cp", in.toString(), copy.toString());
        add(Part.COPY, ChildProcess.run(log, cp).seconds());
        long start = System.nanoTime();
        try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        add(Part.FLUSH, Times.since(start));
        Files.delete(copy);
        add(Part.START, runJava("-V").seconds());
        if (first) {
            timeInMemory(new Times(), new Times(), 1); // warm-up for the JIT compiler
        }
        timeInMemory(times(Part.PASS), times(Part.SOLVER), tensors);
    }

    /** Times work on tensors that have been read before the clock starts. */
    private void timeInMemory(Times pass, Times solver, int most) throws IOException {
        WeightShape shape = WeightShape.of(size, size);
        MaskSolver auto = MaskSolver.auto();
        float[] values = new float[shape.size()];
        long passNanos = 0;
        long solverNanos = 0;
        try (WeightFile file = WeightFile.open(in)) {
            for (TensorInfo tensor : file.getTensors().subList(0, most)) {
                try (InputStream stream = file.newInputStream(tensor)) {
                    FloatDecoder.of(tensor).decode(stream.readAllBytes(), values.length, values);
                }
                long start = System.nanoTime();
                double total = sum(values);
                passNanos += System.nanoTime() - start;
                start = System.nanoTime();
                long kept = auto.solve(values, shape, pattern).getKeptCount();
                solverNanos += System.nanoTime() - start;
                // Used, so that the compiler does not drop the work.
                if (Double.isNaN(total) || kept == 0) {
                    throw new IllegalStateException("sum " + total + ", kept " + kept);
                }
            }
        }
        pass.add(passNanos * 1e-9);
        solver.add(solverNanos * 1e-9);
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    private void time(Command command) throws IOException {
        String masked = path("masked");
        String small = path("small");
        ChildProcess child =
                switch (command) {
                    case MASK -> runJava("mask", patternOption, in.toString(), masked);
                    case CHECK -> runJava("check", patternOption, masked);
                    case INSPECT -> runJava("inspect", masked);
                    case COMPRESS -> runJava("compress", patternOption, masked, small);
                    case DECOMPRESS -> runJava("decompress", small, path("decompressed"));
                };
        times(command).add(child.seconds());
        Long peak = child.memory();
        if (peak != null) {
            memory.merge(command, peak, Math::max);
        }
    }

    private ChildProcess runJava(String... arguments) throws IOException {
        return ChildProcess.runJava(log, Main.class.getName(), List.of(arguments));
    }

    private String path(String name) {
        return folder.resolve(name + ".safetensors").toString();
    }

    private void delete(String... names) throws IOException {
        for (String name : names) {
            Files.deleteIfExists(Path.of(path(name)));
        }
    }

    private FileBenchmarkReport report() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (Command command : Command.values()) {
            double seconds = times(command).median();
            double bound = command.bound().stream().mapToDouble(this::median).sum();
            rows.add(
                    new Row(
                            command.text,
                            seconds,
                            String.join(
                                    " + ",
                                    command.bound().stream()
                                            .map(part -> part.name().toLowerCase(Locale.ROOT))
                                            .toList()),
                            bound,
                            seconds / bound,
                            command.goal,
                            memory.get(command)));
        }
        return new FileBenchmarkReport(
                tensors,
                size,
                pattern.toString(),
                Files.size(in),
                turns,
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"),
                new Bounds(
                        median(Part.READ),
                        median(Part.COPY),
                        median(Part.FLUSH),
                        median(Part.PASS),
                        median(Part.SOLVER),
                        median(Part.START)),
                rows);
    }

    private void add(Part part, double seconds) {
        times(part).add(seconds);
    }

    private Times times(Part part) {
        return parts.computeIfAbsent(part, ignored -> new Times());
    }

    private Times times(Command command) {
        return commands.computeIfAbsent(command, ignored -> new Times());
    }

    private double median(Part part) {
        return times(part).median();
    }

    /** Deletes all files. */
    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
