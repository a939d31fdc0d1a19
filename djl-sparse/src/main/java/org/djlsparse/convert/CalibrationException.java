package org.djlsparse.convert;

/** Thrown if a layer cannot be fitted to the calibration data; the message names the layer. */
final class CalibrationException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    CalibrationException(String layer, String problem) {
        super("layer \"" + layer + "\": " + problem);
    }
}
