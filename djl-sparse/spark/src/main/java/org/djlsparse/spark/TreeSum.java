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
 * The sum of the results of some tasks, which does not depend on the order in which they arrive.
 * Results are the leaves of a fixed binary tree over the task numbers, and only siblings are added,
 * the lower task first: the sum of four is {@code (w0 + w1) + (w2 + w3)}. A node without a sibling
 * moves up. Until then, a sum holds several nodes.
 *
 * <p>Sums are in double precision. So the average of equal values is that value, for any number of
 * tasks. Pruned entries that were not exchanged are those of task 0.
 *
 * <p>Everything else must be the same in all tasks: names, shapes and notes. If not, the sum turns
 * into a {@link TaskFailure}.
 */
final class TreeSum implements Serializable {

    private static final long serialVersionUID = 1;

    private final int tasks;
    private final ArrayList<Node> nodes = new ArrayList<>();
    private final ArrayList<TaskFigures> figures = new ArrayList<>();
    private final ArrayList<TaskFailure> failures = new ArrayList<>();

    private TreeSum(int tasks) {
        this.tasks = tasks;
    }

    /**
     * Creates the sum of one task's result.
     *
     * @param tasks the number of all tasks
     * @param result the state that the task returns, without masks; with pruned entries only of
     *     task 0, if they are exchanged apart
     */
    static TreeSum of(int tasks, TaskFigures figures, SplitState result) {
        TreeSum sum = new TreeSum(tasks);
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
        sum.nodes.add(new Node(0, figures.task, names, values, null, result.pruned()));
        sum.combine();
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
    static TreeSum failed(int tasks, TaskFailure failure) {
        TreeSum sum = new TreeSum(tasks);
        sum.failures.add(failure);
        return sum;
    }

    /** Adds two sums of different tasks. They must not be used afterwards. */
    TreeSum merge(TreeSum other) {
        TreeSum sum = new TreeSum(tasks);
        sum.figures.addAll(figures);
        sum.figures.addAll(other.figures);
        sum.failures.addAll(failures);
        sum.failures.addAll(other.failures);
        sum.nodes.addAll(nodes);
        sum.nodes.addAll(other.nodes);
        sum.combine();
        return sum;
    }

    private void combine() {
        for (int i = 0; i < nodes.size() && failures.isEmpty(); i++) {
            Node node = nodes.get(i);
            if (node.level == topLevel()) {
                return;
            }
            int sibling = node.index ^ 1;
            if ((long) sibling << node.level >= tasks) {
                nodes.set(i, node.up());
                i = -1;
                continue;
            }
            for (int j = 0; j < nodes.size(); j++) {
                Node other = nodes.get(j);
                if (other.level == node.level && other.index == sibling) {
                    add(node.index < sibling ? node : other, node.index < sibling ? other : node);
                    i = -1;
                    break;
                }
            }
        }
        if (!failures.isEmpty()) {
            nodes.clear();
        }
    }

    private void add(Node left, Node right) {
        nodes.remove(left);
        nodes.remove(right);
        String difference = left.differenceTo(right);
        if (difference != null) {
            failures.add(new TaskFailure(right.firstTask(), difference, false));
        } else {
            nodes.add(left.plus(right));
        }
    }

    private int topLevel() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(tasks - 1);
    }

    /** Returns the number of nodes that wait for their siblings. */
    int getNodeCount() {
        return nodes.size();
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
        if (nodes.size() != 1 || nodes.get(0).level != topLevel()) {
            throw new IllegalStateException(
                    "results of " + figures.size() + " tasks: must be of " + tasks);
        }
        Node root = nodes.get(0);
        List<FloatTensor> averages = new ArrayList<>();
        List<FloatTensor> names = root.names.getTensors();
        for (int i = 0; i < names.size(); i++) {
            averages.add(names.get(i).withValues(root.divide(i, tasks)));
        }
        RoundState average = root.names.withTensors(averages).withMasks(new ArrayList<>(masks));
        return new SplitState(average, root.pruned).join();
    }

    /** A node of the tree: the sum of the tasks from index * 2^level on. */
    private static final class Node implements Serializable {

        private static final long serialVersionUID = 1;

        private final int level;
        private final int index;
        private final RoundState names; // without values
        private final float @Nullable [][] values; // of a single task
        private final double @Nullable [][] sums; // otherwise
        private final float[][] pruned; // of task 0

        Node(
                int level,
                int index,
                RoundState names,
                float @Nullable [][] values,
                double @Nullable [][] sums,
                float[][] pruned) {
            this.level = level;
            this.index = index;
            this.names = names;
            this.values = values;
            this.sums = sums;
            this.pruned = pruned;
        }

        Node up() {
            return new Node(level + 1, index >> 1, names, values, sums, pruned);
        }

        int firstTask() {
            return index << level;
        }

        private int count() {
            return values != null ? values.length : sums != null ? sums.length : 0;
        }

        private int length(int tensor) {
            return values != null ? values[tensor].length : sums != null ? sums[tensor].length : 0;
        }

        Node plus(Node right) {
            double[][] total = new double[count()][];
            for (int tensor = 0; tensor < total.length; tensor++) {
                total[tensor] = toDoubles(tensor);
                right.addTo(total[tensor], tensor);
            }
            return new Node(level + 1, index >> 1, names, null, total, pruned);
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
        @Nullable String differenceTo(Node right) {
            List<FloatTensor> mine = names.getTensors();
            List<FloatTensor> others = right.names.getTensors();
            String theirs = ", unlike that of task " + firstTask();
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
