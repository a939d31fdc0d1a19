package org.djlsparse.training;

import org.junit.jupiter.api.Test;

import java.util.stream.Collectors;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class SparseRecipeTest {

    @Test
    void sharesBecomeSteps() {
        SparseRecipe recipe =
                SparseRecipe.builder()
                        .optRefreshes(MaskSchedule.every(2))
                        .optWarmUp(0.3)
                        .optFreeze(0.3)
                        .optDenseFinish(0.1)
                        .build();

        assertThat(actions(recipe, 10)).isEqualTo("WDWRKRKKKD");
        assertThat(actions(recipe, 20)).isEqualTo("WDWDWDRKRKRKKKKKKKDD");
    }

    @Test
    void presetsEndAsTheySay() {
        for (SparseRecipe recipe : SparseRecipe.presets()) {
            MaskAction last = recipe.schedule(120).at(new TrainingPoint(119, 0, 119));
            assertThat(last == MaskAction.DENSE)
                    .as(recipe.toString())
                    .isEqualTo(recipe.getDenseFinish() > 0);
        }
        assertThat(actions(SparseRecipe.fineTune(), 5)).isEqualTo("KKKKK");
        assertThat(actions(SparseRecipe.srSte(), 5)).isEqualTo("RRRRR");
        assertThat(SparseRecipe.presets().stream().map(SparseRecipe::getName))
                .containsExactly("stay-sparse", "masked", "hubara", "sr-ste", "2by4", "fine-tune");
    }

    @Test
    void changesOnePart() {
        SparseRecipe recipe =
                SparseRecipe.twoByFour().toBuilder()
                        .optName("mine")
                        .optDenseFinish(0)
                        .optFreeze(0.5)
                        .build();

        assertThat(recipe)
                .hasToString(
                        "mine: dense for 10.0%, then masked-decay (tuned), masks refreshed every 40"
                                + " steps, frozen for the last 50.0%");
        assertThat(SparseRecipe.twoByFour().getFreeze()).isZero();
    }

    @Test
    void refusesSharesThatDoNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparseRecipe.builder().optWarmUp(1).build())
                .withMessage("warm-up 1.0: must be a share from 0 on, less than 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparseRecipe.builder().optFreeze(Double.NaN).build())
                .withMessageStartingWith("freeze NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparseRecipe.builder().optDenseFinish(-0.1).build())
                .withMessageStartingWith("dense finish -0.1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparseRecipe.builder().optWarmUp(0.6).optFreeze(0.5).build())
                .withMessageEndingWith("must sum to at most 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparseRecipe.hubara().schedule(0))
                .withMessage("recipe hubara: steps 0: must be at least 1");
    }

    /** Returns the first letter of each step's action. */
    private static String actions(SparseRecipe recipe, long steps) {
        MaskSchedule schedule = recipe.schedule(steps);
        return LongStream.range(0, steps)
                .mapToObj(step -> schedule.at(new TrainingPoint(step, 0, step)).name())
                .map(name -> name.substring(0, 1))
                .collect(Collectors.joining());
    }
}
