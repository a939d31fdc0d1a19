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
 * @throws IllegalArgumentException if a value is out of its range, the block is already wrapped, or
 *   a named layer does not exist or cannot carry the pattern
 * @sample org.djlsparse.kotlin.samples.trainInTwoLines
 */
public fun Model.sparsify(block: SparsifierScope.() -> Unit): Sparsifier =
    sparsify(sparsifier(block))

/**
 * Wraps the model's block.
 *
 * @return the Sparsifier
 * @throws IllegalArgumentException see [Sparsifier.wrap]
 * @throws IllegalStateException if the Sparsifier has already wrapped a block
 */
public fun Model.sparsify(sparsifier: Sparsifier): Sparsifier {
    block = sparsifier.wrap(block)
    return sparsifier
}

/**
 * Sets the pruned weights to zero, and sets the plain block on the model again.
 *
 * @return the plain block
 * @throws IllegalArgumentException if the model's block is not the one that the Sparsifier wrapped
 * @throws IllegalStateException if a weight is not finite; nothing has changed then
 */
public fun Model.unsparsify(sparsifier: Sparsifier): Block {
    val plain = sparsifier.unwrap(block)
    block = plain
    return plain
}

/**
 * Adds the Sparsifier's listener, which counts training steps and requests refreshes. Without it,
 * masks are computed once and kept, with a warning in the log and in the report.
 *
 * @return this config, for one trainer
 */
public fun DefaultTrainingConfig.addSparsifier(sparsifier: Sparsifier): DefaultTrainingConfig =
    addTrainingListeners(sparsifier.newListener())

/**
 * Trains the model as [EasyTrain.fit] does, which notifies the listeners of each batch and epoch.
 *
 * @param epochs the number of epochs
 * @param train the training data
 * @param validate the validation data, evaluated after each epoch; null for none
 */
public fun Trainer.fit(epochs: Int, train: Dataset, validate: Dataset? = null) {
    EasyTrain.fit(this, epochs, train, validate)
}

/**
 * Notifies the listeners of the end of an epoch. Only your own training loops need to call this
 * function, and only for schedules and listeners that count epochs.
 */
public fun Trainer.endEpoch() {
    notifyListeners { it.onEpoch(this) }
}

/**
 * Converts the model with [AdaPrune], without training. If the conversion fails, the model is
 * unchanged.
 *
 * @param samples representative inputs of the model; labels are not read
 * @return the report
 * @throws IllegalArgumentException if a value is out of its range, the block is not initialized or
 *   is wrapped, or the samples do not fit the model
 * @throws IllegalStateException if the validation data cannot be read
 * @throws UnsupportedOperationException if the axis of a batch norm's channels cannot be read
 * @throws java.util.concurrent.CancellationException if the conversion was cancelled
 * @sample org.djlsparse.kotlin.samples.convertTrainedModel
 */
public fun Model.adaPrune(samples: Dataset, block: AdaPruneScope.() -> Unit): AdaPruneReport =
    adaPrune(block).convert(this, samples)

/**
 * Converts the block with [AdaPrune], without training. Throws the same exceptions as for a model.
 *
 * @param samples representative inputs of the block; labels are not read
 * @return the report
 */
public fun Block.adaPrune(samples: Dataset, block: AdaPruneScope.() -> Unit): AdaPruneReport =
    adaPrune(block).convert(this, samples)

/**
 * Converts the block with [AdaPrune], without training. Throws the same exceptions as for a model.
 *
 * @param samples representative inputs of the block, batch by batch; they are not closed
 * @return the report
 */
public fun Block.adaPrune(
    samples: Iterable<NDList>,
    block: AdaPruneScope.() -> Unit,
): AdaPruneReport = adaPrune(block).convert(this, samples)

/**
 * Measures on one batch how masks change the loss, layer by layer. The block is not changed.
 *
 * @param data the batch on which the loss is computed, on the device of the weights
 * @param labels its labels
 * @param loss the loss
 * @param patterns the patterns to measure, at least one
 * @param solver the solver that computes the masks
 * @param layers the layers to measure; by default all that can carry a mask
 * @throws IllegalArgumentException see [SensitivityReport.measure]
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
 * Measures on one batch how masks change the loss, for the layers of a selector. The block is not
 * changed.
 *
 * @param data the batch on which the loss is computed, on the device of the weights
 * @param labels its labels
 * @param loss the loss
 * @param patterns the patterns to measure, at least one
 * @param solver the solver that computes the masks
 * @param selector the layers to measure
 * @throws IllegalArgumentException see [SensitivityReport.measure]
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
