package org.djlsparse.cli.model;

/**
 * The size of a {@link CausalTransformer}.
 *
 * @param length the number of characters in a window
 * @param embedding the length of a character's vector, a multiple of heads
 * @param heads the number of attention heads in a layer
 * @param hidden the width of the feed-forward block
 * @param layers the number of layers
 * @param dropout the rate of dropout
 */
public record TransformerSize(
        int length, int embedding, int heads, int hidden, int layers, float dropout) {

    /**
     * Creates a size without dropout.
     *
     * @param length the number of characters in a window
     * @param embedding the length of a character's vector, a multiple of heads
     * @param heads the number of attention heads in a layer
     * @param hidden the width of the feed-forward block
     * @param layers the number of layers
     */
    public TransformerSize(int length, int embedding, int heads, int hidden, int layers) {
        this(length, embedding, heads, hidden, layers, 0);
    }

    /** Checks the sizes. */
    public TransformerSize {
        if (embedding % heads != 0) {
            throw new IllegalArgumentException(
                    "embedding " + embedding + ": must be a multiple of heads = " + heads);
        }
    }
}
