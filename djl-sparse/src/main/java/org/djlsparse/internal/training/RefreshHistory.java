package org.djlsparse.internal.training;

import org.djlsparse.training.LayerRefresh;

import java.util.ArrayDeque;
import java.util.List;

/** The records of the latest refreshes, up to a limit. Thread-safe. */
public final class RefreshHistory {

    private final int limit;
    private final ArrayDeque<LayerRefresh> records = new ArrayDeque<>();

    /**
     * Creates an empty history.
     *
     * @param limit the maximum number of records, one per layer and refresh; not negative
     * @throws IllegalArgumentException if the limit is negative
     */
    public RefreshHistory(int limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("history " + limit + ": must not be negative");
        }
        this.limit = limit;
    }

    /**
     * Adds a record, in place of the oldest if there are as many as the limit.
     *
     * @param refresh the record
     */
    public synchronized void add(LayerRefresh refresh) {
        records.add(refresh);
        if (records.size() > limit) {
            records.remove();
        }
    }

    /**
     * Returns the records.
     *
     * @return the records, oldest first
     */
    public synchronized List<LayerRefresh> getRecords() {
        return List.copyOf(records);
    }
}
