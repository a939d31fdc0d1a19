package org.djlsparse.internal.torch;

import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;

import com.sun.jna.Callback;
import com.sun.jna.CallbackThreadInitializer;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

import org.djlsparse.internal.cpu.Workers;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicLong;

/**
 * PyTorch's own threads. After an operator, they keep their cores busy for some time while they
 * wait for the next one, so additional Java threads would get half a core each. Work is therefore
 * passed to PyTorch's threads, through the function that compilers call for an OpenMP region. If
 * that function is missing, Java's common pool does the work.
 */
final class OpenMp implements Workers {

    static final OpenMp INSTANCE = new OpenMp();

    private final @Nullable Body body;
    private final Map<Long, Runnable> regions = new ConcurrentHashMap<>();
    private final AtomicLong nextRegion = new AtomicLong(1);

    /** The function that each thread of a region calls. */
    interface Body extends Callback {
        void call(Pointer region);
    }

    private OpenMp() {
        boolean found;
        try {
            found = load(Path.of(LibUtils.getLibtorchPath()));
        } catch (LinkageError | RuntimeException e) {
            found = false;
        }
        body = found ? region -> work(Pointer.nativeValue(region)) : null;
        if (body != null) {
            // The threads stay attached to the JVM after their first call, as daemons, so that they
            // do not prevent its exit.
            Native.setCallbackThreadInitializer(
                    body, new CallbackThreadInitializer(true, false, "djl-sparse-openmp"));
        }
    }

    private static boolean load(Path folder) {
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(folder, "lib{gomp,iomp}*.so*")) {
            for (Path library : found) {
                Native.register(OpenMp.class, NativeLibrary.getInstance(library.toString()));
                return true;
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs an OpenMP region.
     *
     * @param body the function that each thread calls
     * @param region its argument
     * @param threads the number of threads; 0 for the default
     * @param flags none
     */
    @SuppressWarnings("MethodName") // the library's name
    private static native void GOMP_parallel(Body body, Pointer region, int threads, int flags);

    @Override
    public int getCount() {
        return JniUtils.getNumThreads();
    }

    @Override
    public void run(Runnable work) {
        Body region = body;
        if (region == null) {
            runInPool(work);
            return;
        }
        long number = nextRegion.getAndIncrement();
        regions.put(number, work);
        try {
            GOMP_parallel(region, new Pointer(number), getCount(), 0);
        } finally {
            regions.remove(number);
        }
    }

    private void work(long number) {
        Runnable work = regions.get(number);
        if (work != null) {
            work.run();
        }
    }

    private void runInPool(Runnable work) {
        List<ForkJoinTask<?>> others = new ArrayList<>();
        for (int i = 1; i < getCount(); i++) {
            others.add(ForkJoinPool.commonPool().submit(work));
        }
        work.run();
        others.forEach(ForkJoinTask::join);
    }
}
