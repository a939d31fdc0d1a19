package org.djlsparse.spark;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.ArrayDataset;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class DistributedSamplerTest {

    private static final int BATCH = 7;

    private static List<List<Long>> sample(TrainingTask task) {
        try (NDManager manager = NDManager.newBaseManager()) {
            ArrayDataset data = Clusters.dataset(manager);
            List<List<Long>> batches = new ArrayList<>();
            new DistributedSampler(task, BATCH).sample(data).forEachRemaining(batches::add);
            return batches;
        }
    }

    @Test
    void anEpochGivesEachExampleToOneTask() {
        // 200 examples are 9 batches for each of three tasks, and 11 examples are left out.
        List<Long> seen = new ArrayList<>();
        for (int task = 0; task < 3; task++) {
            List<List<Long>> batches = sample(new TrainingTask(0, 0, 9, task, 3, 5));
            assertThat(batches).hasSize(9).allSatisfy(batch -> assertThat(batch).hasSize(BATCH));
            batches.forEach(seen::addAll);
        }
        assertThat(seen).hasSize(189).doesNotHaveDuplicates().isSubsetOf(range());
        assertThat(seen).isNotEqualTo(seen.stream().sorted().toList());
    }

    private static Set<Long> range() {
        Set<Long> all = new HashSet<>();
        for (long i = 0; i < Clusters.EXAMPLES; i++) {
            all.add(i);
        }
        return all;
    }

    @Test
    void epochsRunOnAcrossRounds() {
        List<List<Long>> rounds = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            rounds.addAll(sample(new TrainingTask(round, round * 12L, 12, 1, 2, 5)));
        }
        assertThat(rounds).isEqualTo(sample(new TrainingTask(0, 0, 60, 1, 2, 5)));
        // An epoch has 14 batches for each of two tasks.
        assertThat(rounds.subList(0, 14)).doesNotContainAnyElementsOf(rounds.subList(14, 28));
    }

    @Test
    void theOrderDependsOnTheSeed() {
        assertThat(sample(new TrainingTask(0, 0, 5, 0, 1, 1)))
                .isNotEqualTo(sample(new TrainingTask(0, 0, 5, 0, 1, 2)));
    }

    @Test
    void tooFewExamplesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sample(new TrainingTask(0, 0, 1, 0, 29, 1)))
                .withMessage(
                        "200 examples: must be at least 203, a batch of 7 for each of 29 tasks");
    }
}
