package org.djlsparse.it.kotlin

import ai.djl.Model
import ai.djl.ndarray.NDList
import ai.djl.ndarray.types.DataType
import ai.djl.ndarray.types.Shape
import org.assertj.core.api.Assertions.assertThat
import org.djlsparse.kotlin.addSparsifier
import org.djlsparse.kotlin.of
import org.djlsparse.kotlin.samples.allSettings
import org.djlsparse.kotlin.samples.allSettingsOfAConversion
import org.djlsparse.kotlin.samples.convertTrainedModel
import org.djlsparse.kotlin.samples.differByLayer
import org.djlsparse.kotlin.samples.measureSensitivity
import org.djlsparse.kotlin.samples.ownLoop
import org.djlsparse.kotlin.samples.readMasks
import org.djlsparse.kotlin.samples.readReport
import org.djlsparse.kotlin.samples.recipe
import org.djlsparse.kotlin.samples.ruleOfYourOwn
import org.djlsparse.kotlin.samples.scheduleOfYourOwn
import org.djlsparse.kotlin.samples.scheduleRefreshes
import org.djlsparse.kotlin.samples.selectLayers
import org.djlsparse.kotlin.samples.trainInTwoLines
import org.djlsparse.kotlin.samples.unwrapPart
import org.djlsparse.kotlin.samples.wrapPart
import org.djlsparse.kotlin.sparsify
import org.djlsparse.training.MaskAction
import org.djlsparse.training.TrainingPoint
import org.junit.jupiter.api.Test

/** The code that the documentation shows does what it says. */
internal class SamplesTest {

    @Test
    fun `two lines train`() {
        TwinModel.create().use { model ->
            val plain = model.block
            val data = TwinModel.data(model.ndManager)

            val sparsifier = trainInTwoLines(model, TwinModel.config(), TwinModel.INPUT, data, data)

            assertThat(model.block).isSameAs(plain)
            assertThat(sparsifier.history.map { it.step }.distinct()).containsExactly(0L)
            assertThat(weightsOf(model).getValue("01Linear_weight").count { it == 0f })
                .isEqualTo(256)
        }
    }

    @Test
    fun `settings make what they say`() {
        assertThat(allSettings().toString())
            .contains("pattern=2:4", "solver=auto", "rule=sr-ste(2.0E-4)", "minSize=4096")
            .contains("schedule=every 40 steps after 500 dense steps, dense from step 20000")
            .contains("first and last dense", "within 20 steps", "fastest")
            .contains("weightGradient=sampled(7)")
        assertThat(selectLayers().toString())
            .contains("includes=[.*Linear.*, .*Conv2d.*]", "excludes=[.*head.*]", "predicate")
        assertThat(differByLayer().toString())
            .contains(": dense, ", ": 4:8, exact, straight-through", "minSize=1000000): 1:4")
            .endsWith("first and last dense)")
        assertThat(recipe(1000).toString())
            .contains("rule=masked-decay(0.01)")
            .contains("every 10 steps after 300 dense steps, kept from step 500")
        assertThat(scheduleRefreshes())
            .hasToString("every 40 steps after 500 dense steps, kept from step 20000")
        assertThat(scheduleOfYourOwn().at(TrainingPoint(300, 1, 100))).isEqualTo(MaskAction.REFRESH)
        assertThat(allSettingsOfAConversion())
            .hasToString("AdaPrune(patterns=[4:8, 2:4], score=wanda, weights=adam, parallel)")
    }

    @Test
    fun `an own rule draws pruned weights to zero in an own loop`() {
        TwinModel.create().use { model ->
            val sparsifier = ruleOfYourOwn()
            model.block = wrapPart(model.block, sparsifier)
            val config = TwinModel.config().addTrainingListeners(sparsifier.newListener())
            model.newTrainer(config).use { trainer ->
                trainer.initialize(TwinModel.INPUT)
                ownLoop(trainer, TwinModel.data(trainer.manager), 2)
            }

            assertThat(sparsifier.report().step).isEqualTo(16)
            assertThat(readMasks(sparsifier))
                .hasSize(4)
                .first()
                .isEqualTo(sparsifier.masks["01Linear_weight"])
            assertThat(readReport(sparsifier.report()))
                .contains("01Linear_weight (32, 16): masked", "01Linear_bias (32): type BIAS")
            val plain = unwrapPart(model.block, sparsifier)
            assertThat(plain.children.keys()).contains("01Linear")
        }
    }

    @Test
    fun `an own loop tells of its epochs`() {
        TwinModel.create().use { model ->
            val sparsifier =
                model.sparsify {
                    pattern = 2 of 4
                    schedule { everyEpoch() }
                }
            val config = TwinModel.config().addSparsifier(sparsifier)
            model.newTrainer(config).use { trainer ->
                trainer.initialize(TwinModel.INPUT)
                ownLoop(trainer, TwinModel.data(trainer.manager), 3)
            }

            assertThat(sparsifier.report().refreshes).isEqualTo(3)
            assertThat(sparsifier.history.map { it.step }.distinct()).containsExactly(0L, 8L, 16L)
        }
    }

    @Test
    fun `a trained model is measured and converted`() {
        TwinModel.create().use { model ->
            val manager = model.ndManager
            model.block.initialize(manager, DataType.FLOAT32, TwinModel.INPUT)
            val data = TwinModel.data(manager)
            val batch = NDList(manager.ones(TwinModel.INPUT))
            val labels = NDList(manager.zeros(Shape(1, 8)))

            val sensitivity = measureSensitivity(model.block, batch, labels, SquaredError())
            val report = convertTrainedModel(model, data, data, SquaredError(), SquaredError())

            assertThat(sensitivity.layers).hasSize(6)
            assertThat(sensitivity.patterns).containsExactly(2 of 4, 4 of 8)
            assertThat(report.samples).isEqualTo(32)
            assertThat(report.getLayer("03Linear_weight").density).isEqualTo(0.5)
            assertThat(report.metrics).hasSize(2)
        }
    }

    private fun weightsOf(model: Model): Map<String, FloatArray> =
        model.block.parameters.associate { it.key to it.value.array.toFloatArray() }
}
