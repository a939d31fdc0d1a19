package org.djlsparse.internal.cpu;

/**
 * Operands of a product, read into panels: channel by channel, position by position. Thread-safe.
 */
public interface PanelSource {

    /**
     * Reads a panel. Positions after the last are zero.
     *
     * @param position the first position
     * @param positions the number of positions
     * @param channel the first channel
     * @param channels the number of channels
     * @param panel takes the operands, channel by channel
     * @param base the index in the panel at which the first channel begins
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
