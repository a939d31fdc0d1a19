package org.djlsparse.internal.convert;

import ai.djl.ndarray.NDList;

import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * Calibration samples in several parts, on machines that can run a copy of the model on them. A
 * conversion in parallel mode that gets these samples sends its tasks there, instead of fetching
 * the samples.
 *
 * <p>As an iterable, it yields all parts, one after the other.
 */
public interface SampleCluster extends Iterable<NDList> {

    /**
     * Returns the number of parts.
     *
     * @return the number, at least 1
     */
    int getParts();

    /**
     * Reads one part here. Each call returns equal samples.
     *
     * @param part the part's number, from 0
     * @return the samples, batch by batch
     */
    Iterable<NDList> getPart(int part);

    /**
     * Observes the calls of layers in each part, where the part is.
     *
     * @param observer the observer, which is sent to each part
     * @param checkCancelled throws an exception if the conversion is cancelled; called now and then
     * @return its results, in the order of the parts
     * @throws IllegalArgumentException if the observer fails so; the message names the part
     */
    List<PartCalls> observe(CallObserver observer, Runnable checkCancelled);

    /**
     * Adds up the sums of layers over all parts, and fits each layer to them.
     *
     * @param group the layers; it is sent to each of its parts
     * @param checkCancelled throws an exception if the conversion is cancelled; called now and then
     * @return the fitted layers, in the group's order
     * @throws IllegalArgumentException if a fit fails so
     */
    List<FittedLayer> fit(LayerGroup group, Runnable checkCancelled);

    @Override
    default Iterator<NDList> iterator() {
        return IntStream.range(0, getParts())
                .boxed()
                .flatMap(part -> StreamSupport.stream(getPart(part).spliterator(), false))
                .iterator();
    }
}
