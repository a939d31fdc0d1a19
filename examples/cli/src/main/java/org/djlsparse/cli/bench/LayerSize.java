package org.djlsparse.cli.bench;

import org.djlsparse.mask.WeightShape;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The size of a linear layer.
 *
 * @param outputs the number of outputs, the rows of the weight
 * @param inputs the number of inputs, the columns of the weight
 */
public record LayerSize(int outputs, int inputs) {

    private static final Pattern TEXT = Pattern.compile("([1-9]\\d{0,4})x([1-9]\\d{0,4})");

    /** The largest number of outputs and inputs; a weight with so many of both takes a GiB. */
    private static final int LARGEST = 16_384;

    /**
     * Parses a size.
     *
     * @param text a size such as 3072x768
     * @return the size
     * @throws IllegalArgumentException if the text is no such size
     */
    public static LayerSize parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (matcher.matches()) {
            int outputs = Integer.parseInt(matcher.group(1));
            int inputs = Integer.parseInt(matcher.group(2));
            if (outputs <= LARGEST && inputs <= LARGEST) {
                return new LayerSize(outputs, inputs);
            }
        }
        throw new IllegalArgumentException(
                "'"
                        + text
                        + "' must be OUTxIN, such as 3072x768: outputs and inputs, each from 1 to "
                        + LARGEST);
    }

    WeightShape shape() {
        return WeightShape.of(outputs, inputs);
    }

    @Override
    public String toString() {
        return outputs + "x" + inputs;
    }
}
