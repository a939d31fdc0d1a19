package org.djlsparse.spark;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class RoundSumTest {

    private static final int SIZE = 64;

    private static float[] values(int task) {
        Random random = new Random(task);
        float[] values = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            // Magnitudes so different that the order of additions shows even in double precision.
            values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-16, 16)));
        }
        return values;
    }

    private static RoundSum leaf(int tasks, int task) {
        return leaf(tasks, task, "w", Map.of("step", "1"));
    }

    private static RoundSum leaf(int tasks, int task, String name, Map<String, String> notes) {
        RoundState state =
                new RoundState(
                        List.of(new FloatTensor(name, new long[] {SIZE}, values(task))),
                        List.of(),
                        List.of(),
                        notes);
        return RoundSum.of(tasks, new TaskFigures(task, task, 1, 1, 1, 1), SplitState.whole(state));
    }

    private static double tree(int entry, int from, int to, int tasks) {
        if (to - from == 1) {
            return values(from)[entry];
        }
        int middle = (from + to) / 2;
        double left = tree(entry, from, middle, tasks);
        return middle >= tasks ? left : left + tree(entry, middle, to, tasks);
    }

    private static float[] average(RoundSum sum) {
        return sum.average(List.of()).getWeights().get(0).getValues();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void allOrdersGiveTheSameBits(int tasks) {
        float[] expected = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            expected[i] = (float) (tree(i, 0, Integer.highestOneBit(2 * tasks - 1), tasks) / tasks);
        }
        List<Integer> parts = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            parts.add(1 << task);
        }
        int[] orders = {0};
        forAllOrders(
                tasks,
                parts,
                List.of(),
                order -> {
                    orders[0]++;
                    assertThat(average(merge(tasks, order))).isEqualTo(expected);
                });
        // n tasks are merged in n! (n - 1)! / 2^(n - 1) orders, each of two arguments either way.
        assertThat(orders[0]).isEqualTo(new int[] {1, 2, 12, 144, 2880}[tasks - 1]);
    }

    private interface Visitor {
        void visit(List<int[]> order);
    }

    /** Visits all sequences of merges; parts are sets of tasks, as bits. */
    private static void forAllOrders(
            int tasks, List<Integer> parts, List<int[]> before, Visitor visitor) {
        if (parts.size() == 1) {
            visitor.visit(before);
            return;
        }
        for (int one : parts) {
            for (int other : parts) {
                if (one != other) {
                    List<Integer> rest = new ArrayList<>(parts);
                    rest.remove((Integer) one);
                    rest.remove((Integer) other);
                    rest.add(one | other);
                    List<int[]> order = new ArrayList<>(before);
                    order.add(new int[] {one, other});
                    forAllOrders(tasks, rest, order, visitor);
                }
            }
        }
    }

    private static RoundSum merge(int tasks, List<int[]> order) {
        Map<Integer, RoundSum> sums = new TreeMap<>();
        for (int task = 0; task < tasks; task++) {
            sums.put(1 << task, leaf(tasks, task));
        }
        for (int[] pair : order) {
            RoundSum one = Objects.requireNonNull(sums.remove(pair[0]));
            sums.put(pair[0] | pair[1], one.merge(Objects.requireNonNull(sums.remove(pair[1]))));
        }
        return sums.values().iterator().next();
    }

    @Test
    void theAverageOfEqualValuesIsThatValue() {
        float value = 0.1f;
        for (int tasks = 1; tasks < 40; tasks++) {
            RoundSum sum = equal(tasks, 0, value);
            for (int task = 1; task < tasks; task++) {
                sum = sum.merge(equal(tasks, task, value));
            }
            assertThat(average(sum)).containsExactly(value);
        }
    }

    private static RoundSum equal(int tasks, int task, float value) {
        FloatTensor tensor = new FloatTensor("w", new long[] {1}, new float[] {value});
        RoundState state = new RoundState(List.of(tensor), List.of(), List.of(), Map.of());
        return RoundSum.of(tasks, new TaskFigures(task, 0, 0, 0, 0, 0), SplitState.whole(state));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 7, 8, 16, 31, 32, 100})
    void aGroupHasOneSum(int tasks) {
        int size = RoundSum.groupSize(tasks);
        assertThat(size).isEqualTo(tasks < 8 ? 1 : tasks < 32 ? 4 : 8);
        int nodes = 0;
        for (int first = 0; first < tasks; first += size) {
            RoundSum sum = leaf(tasks, first);
            for (int task = first + 1; task < Math.min(first + size, tasks); task++) {
                sum = leaf(tasks, task).merge(sum);
            }
            nodes += sum.getPartCount();
        }
        assertThat(nodes).isEqualTo((tasks + size - 1) / size);
    }

    @Test
    void differencesBetweenTasksAreFailures() {
        Map<String, String> notes = Map.of("step", "1", "optimizer.count.w", "10");
        RoundSum sum = leaf(2, 1, "w", Map.of("step", "1", "optimizer.count.w", "9"));
        assertThat(messageOf(leaf(2, 0, "w", notes).merge(sum)))
                .isEqualTo(
                        "1: its state's \"optimizer.count.w\" is 9, unlike that of task 0, which is"
                                + " 10");
        assertThat(messageOf(leaf(2, 0, "w", notes).merge(leaf(2, 1, "w", Map.of("step", "1")))))
                .isEqualTo("1: its state lacks [optimizer.count.w], unlike that of task 0");
        assertThat(messageOf(leaf(2, 1, "v", notes).merge(leaf(2, 0, "w", notes))))
                .isEqualTo("1: its state has v [64], unlike that of task 0, which has w [64]");
    }

    @Test
    void theFirstFailureCounts() {
        RoundSum sum =
                RoundSum.failed(3, new TaskFailure(2, "late", false))
                        .merge(leaf(3, 0))
                        .merge(RoundSum.failed(3, new TaskFailure(1, "early", false)));
        assertThat(messageOf(sum)).isEqualTo("1: early");
    }

    private static String messageOf(RoundSum sum) {
        TaskFailure failure = Objects.requireNonNull(sum.getFailure());
        return failure.task + ": " + failure.message;
    }

    @Test
    void aMissingTaskIsNotIgnored() {
        assertThatIllegalStateException()
                .isThrownBy(() -> leaf(3, 0).merge(leaf(3, 1)).average(List.of()))
                .withMessage("sums of 3 tasks: not complete");
    }
}
