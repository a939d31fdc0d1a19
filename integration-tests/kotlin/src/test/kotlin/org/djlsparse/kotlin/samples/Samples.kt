package org.djlsparse.kotlin.samples

import ai.djl.Model
import ai.djl.ndarray.NDList
import ai.djl.ndarray.types.DataType
import ai.djl.ndarray.types.Shape
import ai.djl.nn.Block
import ai.djl.training.DefaultTrainingConfig
import ai.djl.training.EasyTrain
import ai.djl.training.Trainer
import ai.djl.training.dataset.Dataset
import ai.djl.training.evaluator.Evaluator
import ai.djl.training.loss.Loss
import org.djlsparse.SensitivityReport
import org.djlsparse.Sparsifier
import org.djlsparse.SparsityReport
import org.djlsparse.convert.AdaPrune
import org.djlsparse.convert.AdaPruneReport
import org.djlsparse.convert.CalibrationMode
import org.djlsparse.convert.MaskScore
import org.djlsparse.kotlin.adaPrune
import org.djlsparse.kotlin.addSparsifier
import org.djlsparse.kotlin.component1
import org.djlsparse.kotlin.component2
import org.djlsparse.kotlin.component3
import org.djlsparse.kotlin.contains
import org.djlsparse.kotlin.endEpoch
import org.djlsparse.kotlin.fit
import org.djlsparse.kotlin.get
import org.djlsparse.kotlin.iterator
import org.djlsparse.kotlin.layerPolicy
import org.djlsparse.kotlin.layerSelector
import org.djlsparse.kotlin.maskSchedule
import org.djlsparse.kotlin.of
import org.djlsparse.kotlin.sensitivity
import org.djlsparse.kotlin.sparseRecipe
import org.djlsparse.kotlin.sparsifier
import org.djlsparse.kotlin.sparsify
import org.djlsparse.kotlin.unsparsify
import org.djlsparse.layer.LayerPolicy
import org.djlsparse.layer.LayerSelector
import org.djlsparse.mask.Mask
import org.djlsparse.mask.MaskSolver
import org.djlsparse.training.GradientFlow
import org.djlsparse.training.MaskAction
import org.djlsparse.training.MaskSchedule
import org.djlsparse.training.SparseRecipe

internal fun trainInTwoLines(
    model: Model,
    config: DefaultTrainingConfig,
    inputShape: Shape,
    train: Dataset,
    validate: Dataset?,
): Sparsifier {
    val sparsifier = model.sparsify { pattern = 2 of 4 } // 1
    config.addSparsifier(sparsifier) // 2

    model.newTrainer(config).use { trainer ->
        trainer.initialize(inputShape)
        trainer.fit(epochs = 2, train, validate)
    }
    println(sparsifier.report()) // layer, shape, density, solver, valid both ways
    model.unsparsify(sparsifier) // zeros written in; plain DJL again
    return sparsifier
}

internal fun allSettings(): Sparsifier {
    val sparsifier = sparsifier {
        pattern = 2 of 4
        solver = MaskSolver.auto()
        layers {
            exclude(".*embedding.*")
            minSize = 4096
        }
        policy {
            dense(".*head.*")
            layers(".*attention.*") { pattern = 4 of 8 }
            denseFirstAndLast()
        }
        schedule {
            warmUp(500)
            every(40)
            denseFrom(20_000)
        }
        rule = srSte(2e-4f)
        background { within(20) }
        kernelChooser = fastest(DataType.BFLOAT16)
        weightGradient = sampled(7)
        history = 1000
    }
    return sparsifier
}

internal fun selectLayers(): LayerSelector {
    val selector = layerSelector {
        include(".*Linear.*", ".*Conv2d.*")
        exclude(".*head.*")
        minSize = 4096
        where { name, parameter -> parameter.requiresGradient() && "adapter" !in name }
    }
    return selector
}

internal fun differByLayer(): LayerPolicy {
    val policy = layerPolicy {
        dense(".*head.*")
        layers(".*attention.*") {
            pattern = 4 of 8
            solver = MaskSolver.exact()
            rule = straightThrough()
        }
        layers(layerSelector { minSize = 1_000_000 }) { pattern = 1 of 4 }
        denseFirstAndLast()
    }
    return policy
}

internal fun scheduleRefreshes(): MaskSchedule {
    val schedule = maskSchedule {
        every(40)
        warmUp(500)
        keepFrom(20_000)
    }
    return schedule
}

internal fun recipe(steps: Long): Sparsifier {
    val longer =
        sparseRecipe(SparseRecipe.staySparse()) {
            name = "longer-freeze"
            freeze = 0.5
        }
    val sparsifier = sparsifier {
        pattern = 2 of 4
        recipe(longer, steps)
    }
    return sparsifier
}

internal fun scheduleOfYourOwn(): MaskSchedule {
    val schedule = maskSchedule {
        custom { point ->
            if (point.stepInEpoch % 100 == 0L) MaskAction.REFRESH else MaskAction.KEEP
        }
        warmUpEpochs(1)
    }
    return schedule
}

internal fun ruleOfYourOwn(): Sparsifier {
    val sparsifier = sparsifier {
        pattern = 2 of 4
        rule("l1", GradientFlow.STRAIGHT_THROUGH) {
            gradient.addi(weight.sign().mul(pruned).mul(1e-5f))
        }
    }
    return sparsifier
}

internal fun ownLoop(trainer: Trainer, train: Dataset, epochs: Int) {
    repeat(epochs) {
        for (batch in trainer.iterateDataset(train)) {
            batch.use {
                EasyTrain.trainBatch(trainer, batch)
                trainer.step()
            }
        }
        trainer.endEpoch()
    }
}

internal fun wrapPart(encoder: Block, sparsifier: Sparsifier): Block {
    val masked = sparsifier.wrap(encoder)
    return masked
}

internal fun unwrapPart(masked: Block, sparsifier: Sparsifier): Block {
    val encoder = sparsifier.unwrap(masked)
    return encoder
}

internal fun readMasks(sparsifier: Sparsifier): List<Mask> {
    val found = mutableListOf<Mask>()
    if ("01Linear_weight" in sparsifier) {
        val mask = sparsifier["01Linear_weight"]!!
        println("${mask.pattern}, transposable: ${mask.isTransposable}, kept: ${mask[3, 5]}")
        found += mask
    }
    for ((name, mask) in sparsifier.masks) {
        println("$name keeps ${mask.density}")
        found += mask
    }
    return found
}

internal fun readReport(report: SparsityReport): List<String> {
    val lines = mutableListOf<String>()
    for ((name, shape, reason) in report) {
        lines += if (reason == null) "$name $shape: masked" else "$name $shape: $reason"
    }
    val flips = report["01Linear_weight"]?.flipRate
    println("$flips of 01Linear_weight's entries changed")
    return lines
}

internal fun convertTrainedModel(
    model: Model,
    trainingSet: Dataset,
    validationSet: Dataset,
    loss: Loss,
    accuracy: Evaluator,
): AdaPruneReport {
    val report =
        model.adaPrune(trainingSet) {
            pattern = 2 of 4
            samples = 512
            method = closedForm()
            validation(validationSet, loss, accuracy)
        }
    println(report)
    return report
}

internal fun allSettingsOfAConversion(): AdaPrune {
    val adaPrune = adaPrune {
        pattern = 2 of 4
        solver = MaskSolver.exact()
        layers { exclude(".*embedding.*") }
        policy {
            layers(".*attention.*") { pattern = 4 of 8 }
            dense(".*head.*")
            denseFirstAndLast()
        }
        score = MaskScore.WANDA
        method = adam(steps = 500, batch = 50, weightRate = 1e-3, biasRate = 1e-2)
        mode = CalibrationMode.PARALLEL
        samples = 256
        batchNorm = false
        cancelWhen { Thread.currentThread().isInterrupted }
        sumBytes = 1L shl 28
        scratchBytes = 1L shl 26
    }
    return adaPrune
}

internal fun measureSensitivity(
    block: Block,
    data: NDList,
    labels: NDList,
    loss: Loss,
): SensitivityReport {
    val report =
        block.sensitivity(data, labels, loss, 2 of 4, 4 of 8, layers = { exclude(".*head.*") })
    for ((layer, pattern, keptMagnitude) in report.layers) {
        println("$layer at $pattern keeps $keptMagnitude")
    }
    return report
}
