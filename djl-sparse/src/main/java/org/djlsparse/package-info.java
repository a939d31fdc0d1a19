/**
 * Transposable N:M sparsity for models of Deep Java Library. Start with {@link
 * org.djlsparse.Sparsifier}, which trains a model with masks. {@link
 * org.djlsparse.SensitivityReport} shows which layers tolerate masks, {@link
 * org.djlsparse.ModelWeights} exchanges weights with other programs, and {@link
 * org.djlsparse.GarbageCollectionGuard} protects trainers without masks.
 */
@NullMarked
package org.djlsparse;

import org.jspecify.annotations.NullMarked;
