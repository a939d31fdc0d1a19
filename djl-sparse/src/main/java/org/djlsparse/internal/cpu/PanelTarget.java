package org.djlsparse.internal.cpu;

/**
 * Results of a product, written from panels: channel by channel, position by position. Several
 * threads may write different positions or channels at the same time.
 */
public interface PanelTarget {

    /**
     * Writes a panel.
     *
     * @param position the first position
     * @param positions the number of positions, none of them after the last
     * @param channel the first channel
     * @param channels the number of channels
     * @param panel the results, channel by channel
     * @param stride the floats between two channels
     */
    void store(int position, int positions, int channel, int channels, float[] panel, int stride);
}
