package org.djlsparse.convert;

/**
 * A metric of the whole model, before and after its conversion.
 *
 * @param name the evaluator's name
 * @param dense the value of the dense model
 * @param magnitude the value of the dense model with magnitude masks only
 * @param converted the value of the converted model
 */
public record MetricChange(String name, double dense, double magnitude, double converted) {

    /**
     * Returns the fraction of the change by magnitude masks that the conversion undid.
     *
     * @return 1 if the converted model equals the dense one, 0 if it equals the model with
     *     magnitude masks; above 1 if it is better than the dense model, below 0 if it is worse
     *     than with magnitude masks; NaN if magnitude masks change nothing
     */
    public double getRecovered() {
        return magnitude == dense ? Double.NaN : (magnitude - converted) / (magnitude - dense);
    }
}
