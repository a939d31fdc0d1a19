package org.djlsparse.it.kotlin

import org.assertj.core.api.Assertions.assertThat
import org.djlsparse.Sparsifier
import org.djlsparse.layer.LayerSelector
import org.djlsparse.layer.LayerSparsity
import org.djlsparse.mask.Mask
import org.djlsparse.mask.MaskSolver
import org.djlsparse.mask.NmPattern
import org.djlsparse.mask.WeightShape
import org.djlsparse.training.GradientFlow
import org.djlsparse.training.GradientRule
import org.djlsparse.training.MaskAction
import org.djlsparse.training.MaskSchedule
import org.djlsparse.training.TrainingPoint
import org.junit.jupiter.api.Test

/** Java's own API from Kotlin, without the DSL. */
internal class JavaApiTest {

    @Test
    fun `getters and record components are properties`() {
        val pattern = NmPattern.parse("2:4")
        val mask =
            MaskSolver.auto().solve(FloatArray(16) { it.toFloat() }, WeightShape(4, 4, 1), pattern)

        assertThat(pattern.n to pattern.m).isEqualTo(2 to 4)
        assertThat(pattern.density).isEqualTo(0.5)
        assertThat(mask.keptCount).isEqualTo(8)
        assertThat(mask.isTransposable).isTrue()
        assertThat(mask.shape.rows).isEqualTo(4)
    }

    @Test
    fun `functions of one method are lambdas`() {
        val diagonal = MaskSolver { _, shape, pattern ->
            Mask.of(shape, pattern, BooleanArray(shape.size()) { it % 4 == it / shape.columns % 4 })
        }
        val schedule = MaskSchedule { MaskAction.KEEP }
        val touched = mutableListOf<String>()
        val sparsifier =
            Sparsifier.builder()
                .setPattern(NmPattern.of(1, 4))
                .optSolver(diagonal)
                .optSchedule(schedule)
                .optRule(GradientRule.of("seen", GradientFlow.MASKED) { touched += it.layer })
                .optLayers(
                    LayerSelector.builder()
                        .optPredicate { name, _ -> name.startsWith("01") }
                        .build()
                )
                .build()

        TwinModel.create().use { model -> JavaTwin.train(model, sparsifier) }

        assertThat(schedule.at(TrainingPoint.START)).isEqualTo(MaskAction.KEEP)
        assertThat(touched).hasSize(24).containsOnly("01Linear_weight")
        val mask = sparsifier.masks.getValue("01Linear_weight")
        assertThat(mask.isKept(0, 5, 1)).isTrue()
        assertThat(mask.keptCount).isEqualTo(32L * 16 / 4)
    }

    @Test
    fun `what may be null is nullable`() {
        val row = LayerSparsity("b", null, "type BIAS", null, null, null, 0, listOf(), false)
        val mask: Mask? = row.mask
        val density: Double = row.mask?.density ?: 1.0

        assertThat(mask).isNull()
        assertThat(density).isEqualTo(row.density)
    }
}
