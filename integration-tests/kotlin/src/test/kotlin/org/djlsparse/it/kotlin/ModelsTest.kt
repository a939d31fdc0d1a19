package org.djlsparse.it.kotlin

import ai.djl.Model
import ai.djl.ndarray.NDArray
import ai.djl.ndarray.NDList
import ai.djl.ndarray.types.DataType
import ai.djl.nn.Block
import ai.djl.nn.SequentialBlock
import ai.djl.nn.core.Linear
import ai.djl.nn.norm.BatchNorm
import ai.djl.util.Progress
import java.util.concurrent.CancellationException
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatExceptionOfType
import org.assertj.core.api.Assertions.assertThatIllegalArgumentException
import org.assertj.core.api.Assertions.assertThatIllegalStateException
import org.djlsparse.convert.AdaPruneReport
import org.djlsparse.kotlin.AdaPruneScope
import org.djlsparse.kotlin.adaPrune
import org.djlsparse.kotlin.of
import org.djlsparse.kotlin.sparsifier
import org.djlsparse.kotlin.sparsify
import org.djlsparse.kotlin.unsparsify
import org.djlsparse.layer.LayerSelector
import org.junit.jupiter.api.Test

/** The extensions of DJL's classes. */
internal class ModelsTest {

    @Test
    fun `a model is wrapped once and by one Sparsifier`() {
        TwinModel.create().use { model ->
            val plain = model.block
            val sparsifier = model.sparsify { pattern = 2 of 4 }
            val wrapped = model.block

            assertThat(wrapped).isNotSameAs(plain)
            assertThatIllegalArgumentException().isThrownBy { model.sparsify { pattern = 2 of 4 } }
            assertThatIllegalStateException().isThrownBy { model.sparsify(sparsifier) }
            val other = sparsifier { pattern = 2 of 4 }
            assertThatIllegalArgumentException()
                .isThrownBy { model.unsparsify(other) }
                .withMessageContaining("is not the block that this Sparsifier wrapped")
            assertThat(model.block).isSameAs(wrapped)
            assertThat(model.unsparsify(sparsifier)).isSameAs(plain)
            assertThat(model.block).isSameAs(plain)
        }
    }

    @Test
    fun `a conversion takes a data set or arrays, of a model or a block`() {
        val byModel = converted { it.adaPrune(TwinModel.data(it.ndManager)) { all() } }
        val byBlock = converted { it.block.adaPrune(TwinModel.data(it.ndManager)) { all() } }
        val byArrays = converted { it.block.adaPrune(inputs(it)) { all() } }

        assertThat(byModel.samples).isEqualTo(32)
        assertThat(byBlock.layers).isEqualTo(byModel.layers)
        assertThat(byArrays.layers).isEqualTo(byModel.layers)
    }

    @Test
    fun `a conversion leaves layers dense`() {
        val selected = converted {
            it.adaPrune(TwinModel.data(it.ndManager)) {
                pattern = 2 of 4
                layers { include("01.*", "04.*") }
                policy { dense(LayerSelector.named("01Linear_weight")) }
            }
        }
        val named = converted {
            it.adaPrune(TwinModel.data(it.ndManager)) {
                pattern = 2 of 4
                layers = LayerSelector.named("05Linear_weight")
                policy { dense("04.*") }
            }
        }
        val inner = converted {
            it.adaPrune(TwinModel.data(it.ndManager)) {
                pattern = 2 of 4
                policy { denseFirstAndLast() }
            }
        }

        assertThat(masked(selected)).containsExactly("04Linear_weight")
        assertThat(masked(named)).containsExactly("05Linear_weight")
        assertThat(masked(inner)).containsExactly("04Linear_weight")
    }

    @Test
    fun `a conversion takes batch norms anew unless told not to`() {
        val anew = converted { it.adaPrune(TwinModel.data(it.ndManager)) { all() } }
        val kept = converted {
            it.adaPrune(TwinModel.data(it.ndManager)) {
                all()
                batchNorm = false
            }
        }

        assertThat(anew.batchNorms).isEqualTo(1)
        assertThat(kept.batchNorms).isZero()
    }

    @Test
    fun `a conversion tells of its progress, and is cancelled`() {
        val steps = Steps()
        var asked = 0
        converted {
            it.adaPrune(TwinModel.data(it.ndManager)) {
                all()
                progress = steps
            }
        }

        assertThat(steps.done).isEqualTo(steps.all).isPositive()
        assertThatExceptionOfType(CancellationException::class.java).isThrownBy {
            converted {
                it.adaPrune(TwinModel.data(it.ndManager)) {
                    all()
                    cancelWhen { ++asked == 3 }
                }
            }
        }
        assertThat(asked).isEqualTo(3)
    }

    @Test
    fun `memory limits change the work, not the result`() {
        val usual = converted { it.adaPrune(TwinModel.data(it.ndManager)) { all() } }
        val little = converted {
            it.adaPrune(TwinModel.data(it.ndManager)) {
                all()
                sumBytes = 1
                scratchBytes = 1
            }
        }

        assertThat(masked(little)).isEqualTo(masked(usual)).hasSize(3)
    }

    private fun AdaPruneScope.all() {
        pattern = 2 of 4
    }

    private fun masked(report: AdaPruneReport): List<String> =
        report.layers.filter { it.isMasked }.map { it.name }

    /** Converts a model whose weights are `01`, `04` and `05`, with a batch norm between. */
    private fun converted(convert: (Model) -> AdaPruneReport): AdaPruneReport =
        TwinModel.create().use { model ->
            model.block = network()
            model.block.initialize(model.ndManager, DataType.FLOAT32, TwinModel.INPUT)
            convert(model).untimed()
        }

    private fun network(): Block =
        SequentialBlock()
            .add(Linear.builder().setUnits(32).build())
            .add(BatchNorm.builder().build())
            .addSingleton(NDArray::tanh)
            .add(Linear.builder().setUnits(16).build())
            .add(Linear.builder().setUnits(8).build())

    /** The batches of the data set. */
    private fun inputs(model: Model): List<NDList> =
        TwinModel.inputs(model.ndManager).split(8).map { NDList(it) }

    private class Steps : Progress {

        var all = 0L
        var done = 0L

        override fun reset(message: String, max: Long, trailingMessage: String?) {
            all = max
        }

        override fun start(initialProgress: Long) {
            done = initialProgress
        }

        override fun end() = Unit

        override fun increment(increment: Long) {
            done += increment
        }

        override fun update(progress: Long, message: String?) {
            done = progress
        }
    }
}
