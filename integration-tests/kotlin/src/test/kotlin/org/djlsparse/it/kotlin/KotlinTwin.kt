package org.djlsparse.it.kotlin

import ai.djl.Model
import ai.djl.training.dataset.Dataset
import org.djlsparse.Sparsifier
import org.djlsparse.convert.AdaPruneReport
import org.djlsparse.convert.MaskScore
import org.djlsparse.kernel.LinearKernel
import org.djlsparse.kotlin.adaPrune
import org.djlsparse.kotlin.addSparsifier
import org.djlsparse.kotlin.fit
import org.djlsparse.kotlin.of
import org.djlsparse.kotlin.sparsifier
import org.djlsparse.kotlin.sparsify
import org.djlsparse.layer.LayerSelector
import org.djlsparse.mask.MaskSolver
import org.djlsparse.training.GradientFlow

/** What `JavaTwin` does, written in Kotlin. */
internal object KotlinTwin {

    fun sparsifier(): Sparsifier = sparsifier {
        pattern = 2 of 4
        solver = MaskSolver.greedy()
        layers {
            exclude("04.*")
            minSize = 100
        }
        policy {
            layers("03.*") {
                pattern = 4 of 8
                solver = MaskSolver.exact()
                rule("half decay", GradientFlow.STRAIGHT_THROUGH) { addDecay(0.5f) }
            }
        }
        schedule {
            every(2)
            warmUp(3)
            keepFrom(20)
        }
        rule = srSte(0.01f)
        background { after(1) }
        history = 5
    }

    fun kernelSparsifier(): Sparsifier = sparsifier {
        pattern = 2 of 4
        kernel = LinearKernel.packed()
    }

    fun train(model: Model, sparsifier: Sparsifier) {
        model.sparsify(sparsifier)
        model.newTrainer(TwinModel.config().addSparsifier(sparsifier)).use { trainer ->
            trainer.initialize(TwinModel.INPUT)
            trainer.fit(epochs = 3, TwinModel.data(trainer.manager))
        }
    }

    fun convert(model: Model, samples: Dataset): AdaPruneReport =
        model.adaPrune(samples) {
            pattern = 2 of 4
            policy {
                layers("03.*") { pattern = 4 of 8 }
                dense(LayerSelector.named("04Linear_weight"))
            }
            score = MaskScore.OBS
            method = closedForm(0.01)
            this.samples = 24
            validation(samples, SquaredError())
        }
}
