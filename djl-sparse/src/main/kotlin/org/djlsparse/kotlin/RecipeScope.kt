package org.djlsparse.kotlin

import org.djlsparse.training.GradientRule
import org.djlsparse.training.MaskSchedule
import org.djlsparse.training.SparseRecipe

/**
 * The settings of a [SparseRecipe]; those that are not set are the ones of the recipe that it
 * starts from. Shares are parts of the whole training, from 0 to 1.
 *
 * @sample org.djlsparse.kotlin.samples.recipe
 */
@SparseDsl
public class RecipeScope internal constructor(start: SparseRecipe) {

    /** The name for reports. */
    public var name: String = "custom"

    /** The schedule of the refreshes between warm-up and freezing. */
    public var refreshes: MaskSchedule = start.refreshes

    /** The share of the training without masks at the start. */
    public var warmUp: Double = start.warmUp

    /** The share of the training with frozen masks, at the end or before a dense finish. */
    public var freeze: Double = start.freeze

    /** The share of the training without masks at the end. */
    public var denseFinish: Double = start.denseFinish

    /** The gradient rule. */
    public var rule: GradientRule = start.rule

    /** Sets the schedule of the refreshes. */
    public fun refreshes(block: ScheduleScope.() -> Unit) {
        refreshes = maskSchedule(block)
    }

    internal fun build(): SparseRecipe =
        SparseRecipe.builder()
            .optName(name)
            .optRefreshes(refreshes)
            .optWarmUp(warmUp)
            .optFreeze(freeze)
            .optDenseFinish(denseFinish)
            .optRule(rule)
            .build()
}

/**
 * Builds a recipe, from another one if [start] is given.
 *
 * @throws IllegalArgumentException if a share is out of its range, or the shares sum to more than 1
 * @sample org.djlsparse.kotlin.samples.recipe
 */
public fun sparseRecipe(
    start: SparseRecipe = SparseRecipe.builder().build(),
    block: RecipeScope.() -> Unit,
): SparseRecipe = RecipeScope(start).apply(block).build()
