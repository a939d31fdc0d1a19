/**
 * Checkpoints of any size, and training with N:M masks, on an Apache Spark cluster. The classes:
 *
 * <ul>
 *   <li>For users: {@link org.djlsparse.spark.SparkCheckpoints}, {@link
 *       org.djlsparse.spark.SparkTraining}, {@link org.djlsparse.spark.SparkAdaPrune}, and their
 *       factories, settings and results.
 *   <li>Checkpoints: {@code Shard*}, {@code OutputFolder}, {@code HadoopFiles}, {@code BlockCache}.
 *   <li>Training: {@code Round*}, {@code TaskTraining} and {@code TrainedModel}; the state that is
 *       exchanged: {@code RoundState}, {@code SplitState}, {@code StateFiles}, {@code MaskBits}.
 *   <li>AdaPrune: {@code SparkSamples}, {@code GroupJob}, {@code TaskInputs}, {@code Model*}.
 *   <li>For all: {@code SumTree}, {@code EngineTurn}, {@code JobDescription}, {@code LocalFolder},
 *       {@code LibraryVersion}, {@code SerializationCheck}.
 * </ul>
 */
@NullMarked
package org.djlsparse.spark;

import org.jspecify.annotations.NullMarked;
