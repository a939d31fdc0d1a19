package org.djlsparse.convert;

/**
 * A measure of the whole model, before and after its conversion.
 *
 * @param name the evaluator's name
 * @param dense of the dense model
 * @param magnitude of the dense model with magnitude masks, and nothing else done
 * @param converted of the converted model
 */
public record MetricChange(String name, double dense, double magnitude, double converted) {

    /**
     * Returns how much of what magnitude masks cost the conversion has won back.
     *
     * @return 1 for all of it, 0 for nothing, above 1 if it is better than dense, below 0 if it is
     *     worse than with magnitude masks; NaN if these cost nothing
     */
    public double getRecovered() {
        return magnitude == dense ? Double.NaN : (magnitude - converted) / (magnitude - dense);
    }
}
