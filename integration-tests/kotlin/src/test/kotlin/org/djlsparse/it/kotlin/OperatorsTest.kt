package org.djlsparse.it.kotlin

import ai.djl.ndarray.types.Shape
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatExceptionOfType
import org.djlsparse.LayerSensitivity
import org.djlsparse.SparsityReport
import org.djlsparse.convert.AdaPruneReport
import org.djlsparse.convert.LayerConversion
import org.djlsparse.convert.MetricChange
import org.djlsparse.kotlin.*
import org.djlsparse.layer.LayerSparsity
import org.djlsparse.mask.Mask
import org.djlsparse.mask.NmPattern
import org.djlsparse.mask.WeightShape
import org.djlsparse.training.LayerRefresh
import org.junit.jupiter.api.Test

/** `[]`, `in`, `for` and destructuring. */
internal class OperatorsTest {

    private val pattern = 1 of 2
    private val mask =
        Mask.of(
            WeightShape(2, 2, 2),
            pattern,
            booleanArrayOf(true, false, false, true, false, true, true, false),
        )
    private val layer =
        LayerSparsity("w", Shape(2, 2, 1, 2), null, pattern, "greedy", mask, 3, listOf("w2"), true)
    private val dense = LayerSparsity("b", null, "type BIAS", null, null, null, 0, listOf(), false)

    @Test
    fun `a pattern`() {
        val (n, m) = 3 of 8

        assertThat(n).isEqualTo(3)
        assertThat(m).isEqualTo(8)
        assertThat(3 of 8).isEqualTo(NmPattern(3, 8))
    }

    @Test
    fun `entries of a mask`() {
        val places = (0..1).flatMap { row -> (0..1).map { column -> row to column } }

        assertThat(places.map { (row, column) -> mask[row, column] })
            .containsExactly(true, false, false, true)
        assertThat(places.map { (row, column) -> mask[1, row, column] })
            .containsExactly(false, true, true, false)
        assertThatExceptionOfType(IndexOutOfBoundsException::class.java).isThrownBy { mask[2, 0] }
    }

    @Test
    fun `rows of a report`() {
        val report =
            SparsityReport(
                pattern,
                "once",
                "masked",
                0,
                1,
                0.5,
                listOf(layer, dense),
                mapOf(),
                listOf(),
            )

        assertThat(report["w"]).isSameAs(layer)
        assertThat(report["w2"]).`as`("its other name").isSameAs(layer)
        assertThat(report["x"]).isNull()
        assertThat("b" in report).isTrue()
        assertThat("x" in report).isFalse()
        val names = mutableListOf<String>()
        for ((name) in report) {
            names += name
        }
        assertThat(names).containsExactly("w", "b")
    }

    @Test
    fun `a layer`() {
        val (name, shape, reason, pattern, solver, mask, flips, others, frozen) = layer

        assertThat(LayerSparsity(name, shape, reason, pattern, solver, mask, flips, others, frozen))
            .isEqualTo(layer)
        val (bias, _, why) = dense
        assertThat("$bias: $why").isEqualTo("b: type BIAS")
    }

    @Test
    fun `a refresh`() {
        val refresh = LayerRefresh(7, "w", 0.25, 0.75, 0.125, mapOf("factor" to 2.0))
        val (step, layer, flipRate, keptMagnitude, seconds, figures) = refresh

        assertThat(LayerRefresh(step, layer, flipRate, keptMagnitude, seconds, figures))
            .isEqualTo(refresh)
    }

    @Test
    fun `a layer's sensitivity`() {
        val row = LayerSensitivity("w", pattern, 0.75, 0.125)
        val (layer, pattern, keptMagnitude, lossChange) = row

        assertThat(LayerSensitivity(layer, pattern, keptMagnitude, lossChange)).isEqualTo(row)
    }

    @Test
    fun `rows of a conversion`() {
        val row =
            LayerConversion(
                "w",
                Shape(2, 2),
                pattern,
                "adam",
                0.5,
                0.75,
                0.25,
                0.125,
                2.0,
                "no",
                listOf("w2"),
            )
        val metric = MetricChange("loss", 1.0, 2.0, 1.5)
        val report = AdaPruneReport("settings", 8, 0.5, listOf(row), listOf(metric), 0, listOf())

        assertThat(report["w"]).isSameAs(row)
        assertThat(report["w2"]).`as`("its other name").isSameAs(row)
        assertThat(report["x"]).isNull()
        assertThat("w" in report).isTrue()
        assertThat("x" in report).isFalse()
        for ((name, shape, pattern, method, kept, magnitude, before, after, fit, reason, other) in
            report) {
            assertThat(
                    LayerConversion(
                        name,
                        shape,
                        pattern,
                        method,
                        kept,
                        magnitude,
                        before,
                        after,
                        fit,
                        reason,
                        other,
                    )
                )
                .isEqualTo(row)
        }
        val (name, dense, magnitude, converted) = metric
        assertThat(MetricChange(name, dense, magnitude, converted)).isEqualTo(metric)
    }
}
