package org.djlsparse.internal.cpu;

/**
 * Operands of a product, read into panels: channel by channel, positions one behind the other.
 *
 * <p>Safe for use by several threads.
 */
public interface PanelSource {

    /**
     * Reads a panel. Positions behind the last one are zero.
     *
     * @param position the first position
     * @param positions how many
     * @param channel the first channel
     * @param channels how many
     * @param panel what to write to, channel by channel
     * @param base where in it the first channel begins
     * @param stride the floats between two channels
     */
    void load(
            int position,
            int positions,
            int channel,
            int channels,
            float[] panel,
            int base,
            int stride);
}
