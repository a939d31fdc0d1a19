package org.djlsparse.kotlin

import ai.djl.Model
import ai.djl.ndarray.NDList
import ai.djl.nn.Block
import ai.djl.training.DefaultTrainingConfig
import ai.djl.training.EasyTrain
import ai.djl.training.Trainer
import ai.djl.training.dataset.Dataset
import ai.djl.training.loss.Loss
import org.djlsparse.SensitivityReport
import org.djlsparse.Sparsifier
import org.djlsparse.convert.AdaPrune
import org.djlsparse.convert.AdaPruneReport
import org.djlsparse.layer.LayerSelector
import org.djlsparse.mask.MaskSolver
import org.djlsparse.mask.NmPattern

/**
 * Builds a Sparsifier and wraps the model's block with it. Training also needs [addSparsifier].
 *
 * @return the Sparsifier
 * @throws IllegalArgumentException if a value is out of its range, the block is wrapped already, or
 *   a layer was named that does not exist or cannot carry the pattern
 * @sample org.djlsparse.kotlin.samples.trainInTwoLines
 */
public fun Model.sparsify(block: SparsifierScope.() -> Unit): Sparsifier =
    sparsify(sparsifier(block))

/**
 * Wraps the model's block.
 *
 * @return the Sparsifier
 * @throws IllegalArgumentException as [Sparsifier.wrap] does
 * @throws IllegalStateException if the Sparsifier has wrapped a block before
 */
public fun Model.sparsify(sparsifier: Sparsifier): Sparsifier {
    block = sparsifier.wrap(block)
    return sparsifier
}

/**
 * Gives the model its plain block again, with the zeros of its masks written into its parameters.
 *
 * @return the block that was wrapped
 * @throws IllegalArgumentException if the model's block is not the one that the Sparsifier wrapped
 * @throws IllegalStateException if a weight is not finite; nothing has changed then
 */
public fun Model.unsparsify(sparsifier: Sparsifier): Block {
    val plain = sparsifier.unwrap(block)
    block = plain
    return plain
}

/**
 * Adds the listener that moves the schedule on. Without it masks are made once and kept, with a
 * warning in the log and in the report.
 *
 * @return this config, for one trainer
 */
public fun DefaultTrainingConfig.addSparsifier(sparsifier: Sparsifier): DefaultTrainingConfig =
    addTrainingListeners(sparsifier.newListener())

/**
 * Trains, as [EasyTrain.fit] does: listeners hear of each batch and each epoch.
 *
 * @param epochs the number of epochs
 * @param train what to train on
 * @param validate what to validate on after each epoch; null for nothing
 */
public fun Trainer.fit(epochs: Int, train: Dataset, validate: Dataset? = null) {
    EasyTrain.fit(this, epochs, train, validate)
}

/**
 * Tells the listeners that an epoch is over. Only a training loop of your own must say so, and only
 * schedules and listeners that count epochs need it.
 */
public fun Trainer.endEpoch() {
    notifyListeners { it.onEpoch(this) }
}

/**
 * Converts the model without training it, as [AdaPrune] does.
 *
 * @param samples inputs of the kind that it will see; labels are not read
 * @return what was done
 * @throws IllegalArgumentException if a value is out of its range, the block is not initialized or
 *   is wrapped, or samples do not fit; the model is as before then
 * @throws IllegalStateException if the validation data cannot be read; the same
 * @throws UnsupportedOperationException if a batch norm does not tell the axis of its channels; the
 *   same
 * @throws java.util.concurrent.CancellationException if it was cancelled; the same
 * @sample org.djlsparse.kotlin.samples.convertTrainedModel
 */
public fun Model.adaPrune(samples: Dataset, block: AdaPruneScope.() -> Unit): AdaPruneReport =
    adaPrune(block).convert(this, samples)

/**
 * Converts the block without training it, as [AdaPrune] does.
 *
 * @param samples inputs of the kind that it will see; labels are not read
 * @return what was done
 * @throws IllegalArgumentException as for a model; so does it throw all else
 */
public fun Block.adaPrune(samples: Dataset, block: AdaPruneScope.() -> Unit): AdaPruneReport =
    adaPrune(block).convert(this, samples)

/**
 * Converts the block without training it, as [AdaPrune] does.
 *
 * @param samples inputs of the kind that it will see, batch by batch; they are not closed
 * @return what was done
 * @throws IllegalArgumentException as for a model; so does it throw all else
 */
public fun Block.adaPrune(
    samples: Iterable<NDList>,
    block: AdaPruneScope.() -> Unit,
): AdaPruneReport = adaPrune(block).convert(this, samples)

/**
 * Measures how much each layer suffers from masks, by a batch. The block is left as it is.
 *
 * @param data a batch to measure the loss with, on the device of the weights
 * @param labels its labels
 * @param loss the loss
 * @param patterns the patterns to try, at least one
 * @param solver what finds the masks
 * @param layers which layers; all that can carry a mask by default
 * @throws IllegalArgumentException as [SensitivityReport.measure] does
 */
public fun Block.sensitivity(
    data: NDList,
    labels: NDList,
    loss: Loss,
    vararg patterns: NmPattern,
    solver: MaskSolver = MaskSolver.auto(),
    layers: LayersScope.() -> Unit = {},
): SensitivityReport =
    sensitivity(data, labels, loss, *patterns, solver = solver, selector = layerSelector(layers))

/**
 * Measures the same of the layers that a selector chooses.
 *
 * @param data a batch to measure the loss with, on the device of the weights
 * @param labels its labels
 * @param loss the loss
 * @param patterns the patterns to try, at least one
 * @param solver what finds the masks
 * @param selector which layers
 * @throws IllegalArgumentException as [SensitivityReport.measure] does
 */
public fun Block.sensitivity(
    data: NDList,
    labels: NDList,
    loss: Loss,
    vararg patterns: NmPattern,
    solver: MaskSolver = MaskSolver.auto(),
    selector: LayerSelector,
): SensitivityReport =
    SensitivityReport.measure(this, patterns.asList(), data, labels, loss, solver, selector)
