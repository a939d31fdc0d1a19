package org.djlsparse.spark;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The sum of the results of some tasks of a round, which does not depend on the order in which they
 * arrive ({@link SumTree}). Sums are in double precision. So the average of equal values is that
 * value, for any number of tasks. Pruned entries that were not exchanged are those of task 0.
 *
 * <p>Everything else must be the same in all tasks: names, shapes and notes. If not, the sum turns
 * into a {@link TaskFailure}.
 */
final class RoundSum implements Serializable {

    private static final long serialVersionUID = 1;

    private final int tasks;
    private final ArrayList<TaskFigures> figures = new ArrayList<>();
    private final ArrayList<TaskFailure> failures = new ArrayList<>();
    private @Nullable SumTree<Part> tree; // while no task has failed

    private RoundSum(int tasks) {
        this.tasks = tasks;
    }

    /**
     * Creates the sum of one task's result.
     *
     * @param tasks the number of all tasks
     * @param result the state that the task returns, without masks; with pruned entries only of
     *     task 0, if they are exchanged apart
     */
    static RoundSum of(int tasks, TaskFigures figures, SplitState result) {
        RoundSum sum = new RoundSum(tasks);
        sum.figures.add(figures);
        List<FloatTensor> tensors = result.common().getTensors();
        float[][] values = new float[tensors.size()][];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensors.get(i).getValues();
        }
        RoundState names =
                result.common()
                        .withTensors(
                                tensors.stream().map(t -> t.withValues(new float[0])).toList());
        sum.tree =
                new SumTree<>(
                        tasks,
                        figures.task,
                        new Part(figures.task, names, values, null, result.pruned()));
        return sum;
    }

    /**
     * Returns the number of consecutive tasks whose results are added on an executor before the
     * driver gets them; 1 if the driver gets all. Groups are subtrees, so that each has one sum. As
     * sums take twice the space of a task's result, a driver gets least work from groups of about
     * {@code sqrt(2 * tasks)}; groups of two would save nothing.
     */
    static int groupSize(int tasks) {
        int size = Integer.highestOneBit((int) Math.sqrt(2.0 * tasks));
        return size < 4 ? 1 : size;
    }

    /** Creates the sum of a task without a result. */
    static RoundSum failed(int tasks, TaskFailure failure) {
        RoundSum sum = new RoundSum(tasks);
        sum.failures.add(failure);
        return sum;
    }

    /** Adds a sum of other tasks, which must not be used afterwards. */
    RoundSum merge(RoundSum other) {
        figures.addAll(other.figures);
        failures.addAll(other.failures);
        SumTree<Part> theirs = other.tree;
        if (tree != null && theirs != null) {
            tree.merge(theirs, this::add);
        }
        if (!failures.isEmpty()) {
            tree = null;
        }
        return this;
    }

    private Part add(Part left, Part right) {
        String difference = left.differenceTo(right);
        if (difference == null) {
            return left.plus(right);
        }
        failures.add(new TaskFailure(right.firstTask, difference, false));
        return left;
    }

    /** Returns the number of sums that wait for their siblings. */
    int getPartCount() {
        return tree == null ? 0 : tree.size();
    }

    /** Returns the failure of the first task that failed, or null. */
    @Nullable TaskFailure getFailure() {
        return failures.stream().min(Comparator.comparingInt(f -> f.task)).orElse(null);
    }

    /** Returns the figures in the order of the tasks. */
    List<TaskFigures> getFigures() {
        return figures.stream().sorted(Comparator.comparingInt(f -> f.task)).toList();
    }

    /**
     * Divides the sum of all tasks by their number.
     *
     * @param masks the masks of the round
     */
    RoundState average(Collection<MaskBits> masks) {
        if (tree == null) {
            throw new IllegalStateException("a task has failed: there is no average");
        }
        Part root = tree.getTotal();
        List<FloatTensor> averages = new ArrayList<>();
        List<FloatTensor> names = root.names.getTensors();
        for (int i = 0; i < names.size(); i++) {
            averages.add(names.get(i).withValues(root.divide(i, tasks)));
        }
        RoundState average = root.names.withTensors(averages).withMasks(new ArrayList<>(masks));
        return new SplitState(average, root.pruned).join();
    }

    /** The sum of the tasks of a subtree. */
    private static final class Part implements Serializable {

        private static final long serialVersionUID = 1;

        private final int firstTask;
        private final RoundState names; // without values
        private final float @Nullable [][] values; // of a single task
        private final double @Nullable [][] sums; // otherwise
        private final float[][] pruned; // of task 0

        Part(
                int firstTask,
                RoundState names,
                float @Nullable [][] values,
                double @Nullable [][] sums,
                float[][] pruned) {
            this.firstTask = firstTask;
            this.names = names;
            this.values = values;
            this.sums = sums;
            this.pruned = pruned;
        }

        private int count() {
            return values != null ? values.length : sums != null ? sums.length : 0;
        }

        private int length(int tensor) {
            return values != null ? values[tensor].length : sums != null ? sums[tensor].length : 0;
        }

        Part plus(Part right) {
            double[][] total = new double[count()][];
            for (int tensor = 0; tensor < total.length; tensor++) {
                total[tensor] = toDoubles(tensor);
                right.addTo(total[tensor], tensor);
            }
            return new Part(firstTask, names, null, total, pruned);
        }

        /** Returns the values; sums are this node's own array. */
        private double[] toDoubles(int tensor) {
            if (sums != null) {
                return sums[tensor];
            }
            double[] doubles = new double[length(tensor)];
            addTo(doubles, tensor);
            return doubles;
        }

        private void addTo(double[] total, int tensor) {
            if (values != null) {
                float[] own = values[tensor];
                for (int i = 0; i < total.length; i++) {
                    total[i] += own[i];
                }
            } else if (sums != null) {
                double[] own = sums[tensor];
                for (int i = 0; i < total.length; i++) {
                    total[i] += own[i];
                }
            }
        }

        float[] divide(int tensor, int by) {
            double[] total = toDoubles(tensor);
            float[] quotients = new float[total.length];
            for (int i = 0; i < quotients.length; i++) {
                quotients[i] = (float) (total[i] / by);
            }
            return quotients;
        }

        /** Returns what differs between tasks although it must not, or null. */
        @Nullable String differenceTo(Part right) {
            List<FloatTensor> mine = names.getTensors();
            List<FloatTensor> others = right.names.getTensors();
            String theirs = ", unlike that of task " + firstTask;
            for (int i = 0; i < Math.max(mine.size(), others.size()); i++) {
                if (i >= mine.size()
                        || i >= others.size()
                        || !mine.get(i).getName().equals(others.get(i).getName())
                        || !Arrays.equals(mine.get(i).getShape(), others.get(i).getShape())
                        || length(i) != right.length(i)) {
                    return "its state has "
                            + describe(others, i)
                            + theirs
                            + ", which has "
                            + describe(mine, i);
                }
            }
            Map<String, String> differing = new TreeMap<>(names.getNotes());
            for (Map.Entry<String, String> note : right.names.getNotes().entrySet()) {
                if (!note.getValue().equals(differing.remove(note.getKey()))) {
                    return "its state's \""
                            + note.getKey()
                            + "\" is "
                            + note.getValue()
                            + theirs
                            + ", which is "
                            + names.getNotes().get(note.getKey());
                }
            }
            return differing.isEmpty() ? null : "its state lacks " + differing.keySet() + theirs;
        }

        private static String describe(List<FloatTensor> tensors, int index) {
            if (index >= tensors.size()) {
                return "no more tensors";
            }
            FloatTensor tensor = tensors.get(index);
            return tensor.getName() + " " + Arrays.toString(tensor.getShape());
        }
    }
}
