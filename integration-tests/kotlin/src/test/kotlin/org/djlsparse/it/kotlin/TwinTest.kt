package org.djlsparse.it.kotlin

import ai.djl.Model
import ai.djl.ndarray.types.DataType
import ai.djl.training.dataset.Dataset
import org.assertj.core.api.Assertions.assertThat
import org.djlsparse.Sparsifier
import org.djlsparse.SparsityReport
import org.djlsparse.convert.AdaPruneReport
import org.djlsparse.kotlin.get
import org.djlsparse.kotlin.of
import org.djlsparse.kotlin.unsparsify
import org.djlsparse.mask.Mask
import org.djlsparse.training.LayerRefresh
import org.junit.jupiter.api.Test

/** The same run from Java's builder and from the DSL, to the bit. */
internal class TwinTest {

    @Test
    fun `trains alike with every setting`() {
        val (java, kotlin) = trainBoth(JavaTwin.sparsifier(), KotlinTwin.sparsifier())

        assertThat(kotlin).isEqualTo(java)
        assertThat(kotlin.history).hasSize(5)
        assertThat(kotlin.report.kernels).isEmpty()
        assertThat(kotlin.masks.mapValues { it.value.pattern })
            .isEqualTo(mapOf("01Linear_weight" to (2 of 4), "03Linear_weight" to (4 of 8)))
    }

    @Test
    fun `trains alike in a kernel`() {
        val (java, kotlin) = trainBoth(JavaTwin.kernelSparsifier(), KotlinTwin.kernelSparsifier())

        assertThat(kotlin).isEqualTo(java)
        assertThat(kotlin.report.kernels).containsKey("01Linear_weight")
    }

    @Test
    fun `settings matter`() {
        val (java, kotlin) = trainBoth(JavaTwin.sparsifier(), KotlinTwin.kernelSparsifier())

        assertThat(kotlin.weights).isNotEqualTo(java.weights)
        assertThat(kotlin.plainWeights).isNotEqualTo(java.plainWeights)
    }

    @Test
    fun `converts alike`() {
        val (java, javaReport) = converted(JavaTwin::convert)
        val (kotlin, kotlinReport) = converted(KotlinTwin::convert)

        assertThat(kotlin).isEqualTo(java)
        assertThat(kotlinReport).isEqualTo(javaReport)
        assertThat(kotlinReport["03Linear_weight"]!!.pattern).isEqualTo(4 of 8)
        assertThat(kotlinReport["04Linear_weight"]!!.pattern).isNull()
        assertThat(kotlinReport.samples).isEqualTo(24)
        assertThat(kotlinReport.metrics).hasSize(1)
    }

    /** All that a run leaves, but for times. */
    private data class Trace(
        val settings: String,
        val weights: Map<String, String>,
        val masks: Map<String, Mask>,
        val report: SparsityReport,
        val history: List<LayerRefresh>,
        val plainWeights: Map<String, String>,
    )

    private fun trainBoth(java: Sparsifier, kotlin: Sparsifier): Pair<Trace, Trace> =
        trace(java, JavaTwin::train) to trace(kotlin, KotlinTwin::train)

    private fun trace(sparsifier: Sparsifier, train: (Model, Sparsifier) -> Unit): Trace =
        TwinModel.create().use { model ->
            train(model, sparsifier)
            val weights = TwinModel.bits(model)
            val masks = sparsifier.masks
            val report = sparsifier.report().withoutTime()
            val plain = model.unsparsify(sparsifier)
            assertThat(model.block).isSameAs(plain)
            Trace(
                sparsifier.toString(),
                weights,
                masks,
                report,
                sparsifier.history.map { it.withoutTime() },
                TwinModel.bits(model),
            )
        }

    private fun converted(
        convert: (Model, Dataset) -> AdaPruneReport
    ): Pair<Map<String, String>, AdaPruneReport> =
        TwinModel.create().use { model ->
            val manager = model.ndManager
            model.block.initialize(manager, DataType.FLOAT32, TwinModel.INPUT)
            val report = convert(model, TwinModel.data(manager))
            TwinModel.bits(model) to report.untimed()
        }

    private fun SparsityReport.withoutTime() =
        SparsityReport(pattern, schedule, rule, step, refreshes, 0.0, layers, kernels, warnings)

    private fun LayerRefresh.withoutTime() =
        LayerRefresh(step, name, flipRate, keptMagnitude, 0.0, figures)
}
