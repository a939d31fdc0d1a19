package org.djlsparse.internal.nn;

import org.djlsparse.mask.Mask;
import org.djlsparse.training.BackgroundRefresh;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A refresh in the background: the search for new masks while training continues with the old ones.
 */
final class PendingRefresh {

    private final BackgroundRefresh option;
    private final CompletableFuture<Map<String, FoundMask>> found;
    private int steps;

    private PendingRefresh(
            BackgroundRefresh option, CompletableFuture<Map<String, FoundMask>> found, int steps) {
        this.option = option;
        this.found = found;
        this.steps = steps;
    }

    /** Starts the searches, which are closed when they end. */
    static PendingRefresh start(BackgroundRefresh option, Map<String, MaskSearch> searches) {
        CompletableFuture<Map<String, FoundMask>> found = new CompletableFuture<>();
        Thread thread = new Thread(() -> run(searches, found), "djl-sparse refresh");
        thread.setDaemon(true);
        thread.start();
        return new PendingRefresh(option, found, 0);
    }

    private static void run(
            Map<String, MaskSearch> searches, CompletableFuture<Map<String, FoundMask>> found) {
        try {
            Map<String, FoundMask> masks = new LinkedHashMap<>();
            searches.forEach((name, search) -> masks.put(name, search.run()));
            found.complete(masks);
        } catch (Throwable e) { // even an error must reach the waiting thread
            found.completeExceptionally(e);
        } finally {
            searches.values().forEach(MaskSearch::close);
        }
    }

    /** Resumes a refresh with the masks that an earlier run had found. */
    static PendingRefresh resume(BackgroundRefresh option, MaskState.Pending state) {
        Map<String, FoundMask> masks = new LinkedHashMap<>();
        state.masks()
                .forEach(
                        (name, mask) ->
                                masks.put(
                                        name,
                                        new FoundMask(
                                                mask,
                                                state.keptMagnitudes().getOrDefault(name, 0.0),
                                                0)));
        return new PendingRefresh(option, CompletableFuture.completedFuture(masks), state.steps());
    }

    void countStep() {
        steps++;
    }

    boolean isDue() {
        return steps >= option.steps() || (option.early() && found.isDone());
    }

    /**
     * Waits for the masks and returns them.
     *
     * @return the masks by parameter name
     * @throws IllegalStateException if a weight was not finite
     */
    Map<String, FoundMask> await() {
        try {
            return found.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            throw new IllegalStateException(
                    cause == null ? e.getMessage() : cause.getMessage(), cause);
        }
    }

    /** Waits for the masks and returns the state from which training can be resumed. */
    MaskState.Pending getState() {
        Map<String, Mask> masks = new LinkedHashMap<>();
        Map<String, Double> keptMagnitudes = new LinkedHashMap<>();
        await().forEach(
                        (name, mask) -> {
                            masks.put(name, mask.mask());
                            keptMagnitudes.put(name, mask.keptMagnitude());
                        });
        return new MaskState.Pending(masks, keptMagnitudes, steps);
    }
}
