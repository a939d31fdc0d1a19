package org.djlsparse.internal.cpu;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Contiguous images, {@code [images, channels, pixels]}: positions are the pixels of all images. A
 * transposed matrix is an image of one row of pixels.
 *
 * @param data the entries
 * @param images the number of images
 * @param channels the number of channels
 * @param pixels the number of pixels of an image
 */
public record PlanePanels(FloatBuffer data, int images, int channels, int pixels)
        implements PanelSource, PanelTarget {

    @Override
    public void load(
            int position,
            int positions,
            int channel,
            int channels,
            float[] panel,
            int base,
            int stride) {
        int there = Math.max(0, Math.min(positions, images * pixels - position));
        forEachPiece(
                position,
                there,
                (image, pixel, done, count) -> {
                    for (int i = 0; i < channels; i++) {
                        data.get(
                                place(image, channel + i, pixel),
                                panel,
                                base + i * stride + done,
                                count);
                    }
                });
        if (there < positions) {
            for (int i = 0; i < channels; i++) {
                int at = base + i * stride;
                Arrays.fill(panel, at + there, at + positions, 0);
            }
        }
    }

    @Override
    public void store(
            int position, int positions, int channel, int channels, float[] panel, int stride) {
        forEachPiece(
                position,
                positions,
                (image, pixel, done, count) -> {
                    for (int i = 0; i < channels; i++) {
                        data.put(place(image, channel + i, pixel), panel, i * stride + done, count);
                    }
                });
    }

    private int place(int image, int channel, int pixel) {
        return (image * channels + channel) * pixels + pixel;
    }

    /** Contiguous positions. */
    private interface Piece {
        void accept(int image, int pixel, int done, int count);
    }

    private void forEachPiece(int position, int positions, Piece piece) {
        int done = 0;
        while (done < positions) {
            int image = (position + done) / pixels;
            int pixel = position + done - image * pixels;
            int count = Math.min(positions - done, pixels - pixel);
            piece.accept(image, pixel, done, count);
            done += count;
        }
    }
}
