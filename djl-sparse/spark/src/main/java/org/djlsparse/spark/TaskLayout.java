package org.djlsparse.spark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The order of the tasks in Spark's partitions. {@code treeReduce} merges the results of partitions
 * whose numbers agree modulo the number of groups. The tasks are laid out so that these are
 * consecutive tasks, whose results {@link TreeSum} can add at once.
 */
final class TaskLayout {

    /** The depth of Spark's tree. */
    static final int DEPTH = 2;

    private TaskLayout() {}

    /** Returns the task of each partition. */
    static List<Integer> of(int tasks) {
        List<Integer> groups = groups(tasks);
        Comparator<Integer> order = Comparator.comparingInt(partition -> partition);
        // Those that meet last differ in the first key.
        for (int count : groups) {
            Comparator<Integer> inner = order;
            order =
                    Comparator.<Integer>comparingInt(partition -> groupOf(partition, groups, count))
                            .thenComparing(inner);
        }
        List<Integer> partitions =
                new ArrayList<>(IntStream.range(0, tasks).boxed().sorted(order).toList());
        Integer[] taskOf = new Integer[tasks];
        for (int task = 0; task < tasks; task++) {
            taskOf[partitions.get(task)] = task;
        }
        return List.of(taskOf);
    }

    private static int groupOf(int partition, List<Integer> groups, int last) {
        int group = partition;
        for (int count : groups) {
            group %= count;
            if (count == last) {
                break;
            }
        }
        return group;
    }

    /** Returns the number of groups of each level, as RDD.treeAggregate chooses them. */
    static List<Integer> groups(int tasks) {
        List<Integer> groups = new ArrayList<>();
        int count = tasks;
        int scale = Math.max((int) Math.ceil(Math.pow(count, 1.0 / DEPTH)), 2);
        while (count > scale + Math.ceil((double) count / scale)) {
            count /= scale;
            groups.add(count);
        }
        return groups;
    }
}
