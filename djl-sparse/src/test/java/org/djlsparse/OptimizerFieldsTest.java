package org.djlsparse;

import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class OptimizerFieldsTest {

    @Test
    void allOfDjlsOptimizersAreKnown() {
        Tracker rate = Tracker.fixed(0.1f);
        Map<Optimizer, List<String>> expected = new LinkedHashMap<>();
        expected.put(
                Optimizer.sgd().setLearningRateTracker(rate).build(),
                List.of("Sgd.momentumStates"));
        expected.put(
                Optimizer.nag().setLearningRateTracker(rate).setMomentum(0.9f).build(),
                List.of("Nag.momentumStates"));
        expected.put(Optimizer.adam().build(), List.of("Adam.means", "Adam.variances"));
        expected.put(Optimizer.adamW().build(), List.of("AdamW.means", "AdamW.variances"));
        expected.put(
                Optimizer.rmsprop().build(),
                List.of("RmsProp.means", "RmsProp.variances", "RmsProp.momentums"));
        expected.put(Optimizer.adagrad().build(), List.of("Adagrad.history"));
        expected.put(
                Optimizer.adadelta().build(), List.of("Adadelta.accumG", "Adadelta.accumDelta"));
        expected.forEach(
                (optimizer, fields) ->
                        assertThat(new OptimizerFields(optimizer).getArrays().keySet())
                                .containsExactlyInAnyOrderElementsOf(
                                        fields.stream()
                                                .map("ai.djl.training.optimizer."::concat)
                                                .toList()));
    }

    @Test
    void thoseOfSuperclassesAreFoundToo() {
        assertThat(new OptimizerFields(new PlainDescent.Scaled()).getArrays().keySet())
                .containsExactlyInAnyOrder(
                        "org.djlsparse.PlainDescent$Scaled.sums",
                        "org.djlsparse.PlainDescent$Rolling.velocities");
    }
}
