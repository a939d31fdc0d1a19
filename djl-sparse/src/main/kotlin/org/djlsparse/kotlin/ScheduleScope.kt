package org.djlsparse.kotlin

import org.djlsparse.training.MaskSchedule

/**
 * The settings of a [MaskSchedule], which determines when masks are refreshed. A block calls one of
 * [once], [every], [everyEpoch], [growing], [off] and [custom]. It may also call the other
 * functions, which modify the schedule in the order of the calls. As with [MaskSchedule], if two of
 * them conflict, the later one applies; functions called before [warmUp] count steps from the end
 * of the warm-up.
 *
 * @sample org.djlsparse.kotlin.samples.scheduleRefreshes
 */
@SparseDsl
public class ScheduleScope internal constructor() {

    private var refreshes: MaskSchedule? = null
    private val changes = mutableListOf<(MaskSchedule) -> MaskSchedule>()

    /** Uses static masks, which are computed once and then kept. */
    public fun once(): Unit = refresh(MaskSchedule.once())

    /**
     * Refreshes every [steps] steps, from step 0 on.
     *
     * @param steps at least 1
     * @throws IllegalArgumentException if it is less
     */
    public fun every(steps: Long): Unit = refresh(MaskSchedule.every(steps))

    /** Refreshes at the first step of each epoch. */
    public fun everyEpoch(): Unit = refresh(MaskSchedule.everyEpoch())

    /**
     * Refreshes at step 0 and then at intervals that grow.
     *
     * @param first the first interval in steps, at least 1
     * @param factor the ratio of each interval to the one before, at least 1.01
     * @param max the longest interval in steps, at least the first
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public fun growing(first: Long, factor: Double, max: Long): Unit =
        refresh(MaskSchedule.growing(first, factor, max))

    /** Uses no masks: the model trains like the plain one, bit for bit. */
    public fun off(): Unit = refresh(MaskSchedule.off())

    /**
     * Uses a user-defined schedule, which must always return the same action for the same point.
     */
    public fun custom(schedule: MaskSchedule): Unit = refresh(schedule)

    /**
     * Starts with a dense warm-up of [steps] steps.
     *
     * @param steps not negative
     */
    public fun warmUp(steps: Long): Unit = change { it.warmUp(steps) }

    /**
     * Starts with a dense warm-up of [epochs] epochs.
     *
     * @param epochs not negative
     */
    public fun warmUpEpochs(epochs: Long): Unit = change { it.warmUpEpochs(epochs) }

    /**
     * Keeps the masks from [step] on, without further refreshes.
     *
     * @param step not negative
     */
    public fun keepFrom(step: Long): Unit = change { it.keepFrom(step) }

    /**
     * Keeps the masks from the start of [epoch] on, without further refreshes.
     *
     * @param epoch not negative; 0 is the first
     */
    public fun keepFromEpoch(epoch: Long): Unit = change { it.keepFromEpoch(epoch) }

    /**
     * Runs dense from [step] on.
     *
     * @param step not negative
     */
    public fun denseFrom(step: Long): Unit = change { it.denseFrom(step) }

    /**
     * Runs dense from the start of [epoch] on.
     *
     * @param epoch not negative; 0 is the first
     */
    public fun denseFromEpoch(epoch: Long): Unit = change { it.denseFromEpoch(epoch) }

    private fun refresh(schedule: MaskSchedule) {
        require(refreshes == null) {
            "schedule: \"$refreshes\" and \"$schedule\" are both set: must be one"
        }
        refreshes = schedule
    }

    private fun change(change: (MaskSchedule) -> MaskSchedule) {
        changes += change
    }

    internal fun build(): MaskSchedule {
        val start =
            requireNotNull(refreshes) { "schedule: must say when to refresh, such as every(40)" }
        return changes.fold(start) { schedule, change -> change(schedule) }
    }
}

/**
 * Builds a schedule.
 *
 * @throws IllegalArgumentException if the block does not determine when to refresh, does so twice,
 *   or a number is out of its range
 */
public fun maskSchedule(block: ScheduleScope.() -> Unit): MaskSchedule =
    ScheduleScope().apply(block).build()
