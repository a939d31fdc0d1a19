package org.djlsparse.internal.cpu;

/**
 * Results of a product, written from panels: channel by channel, positions one behind the other.
 *
 * <p>Safe for use by several threads that write other positions or channels.
 */
public interface PanelTarget {

    /**
     * Writes a panel.
     *
     * @param position the first position
     * @param positions how many; none is behind the last one
     * @param channel the first channel
     * @param channels how many
     * @param panel what to read from, channel by channel
     * @param stride the floats between two channels
     */
    void store(int position, int positions, int channel, int channels, float[] panel, int stride);
}
