/**
 * Masks over a training run: when they are refreshed, how gradients pass them, what each layer
 * gets, the listener that keeps count, its history and metrics, and the guard against gradients
 * that a garbage collection spoils ({@link org.djlsparse.GarbageCollectionGuard}).
 *
 * <p>{@code SchedulePosition} and {@code RefreshHistory} are public only because other packages of
 * the library need them.
 */
@NullMarked
package org.djlsparse.training;

import org.jspecify.annotations.NullMarked;
