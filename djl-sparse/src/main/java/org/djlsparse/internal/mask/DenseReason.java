package org.djlsparse.internal.mask;

import org.djlsparse.mask.NmPattern;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Why a weight gets no mask, by its shape, the pattern and its name: one rule, in the same words,
 * for the parameters of models and the tensors of files. A method returns null if it finds no
 * reason.
 */
public final class DenseReason {

    /** Parts of a name that tell nothing about the weight. */
    private static final Set<String> GENERIC = Set.of("weight", "kernel", "w");

    private static final Pattern SEPARATOR = Pattern.compile("[./:]");

    private static final Pattern NUMBER = Pattern.compile("\\d+");

    /** As in word_embeddings, tokenEmbedding, tok_emb; wte is GPT-2's. Not as in ensemble. */
    private static final Pattern EMBEDDING =
            Pattern.compile("(?i:embed|(?<![a-z])embs?(?![a-z])|^wte$)|Emb(?![a-z])");

    /** As in pos_embed, position_table, relative_attention_bias; wpe is GPT-2's. Not linear_pos. */
    private static final Pattern POSITIONS =
            Pattern.compile(
                    "(?i)(?<![a-z])(pos_?(emb|enc|table)|positions?(?![a-z])|positional"
                            + "|rel(ative)?_(pos|attention_bias))|^wpe$");

    private static final Pattern TRANSPOSED = Pattern.compile("(?i)conv[^.]*transpose|deconv");

    private DenseReason() {}

    /**
     * Returns why a weight of a shape can carry no mask of any pattern.
     *
     * @param shape its dimensions, none negative
     * @param mostEntries the most entries that the caller can mask
     * @return the reason: fewer than two dimensions, no entries, or too many
     */
    public static @Nullable String forShape(long[] shape, long mostEntries) {
        if (shape.length < 2) {
            return shape.length
                    + (shape.length == 1 ? " dimension" : " dimensions")
                    + ", not [out, in] or [out, in, k1, ...]";
        }
        if (Arrays.stream(shape).anyMatch(dimension -> dimension == 0)) {
            return "0 entries";
        }
        long left = mostEntries;
        for (long dimension : shape) {
            left /= dimension;
        }
        return left == 0 ? "more than " + mostEntries + " entries" : null;
    }

    /**
     * Returns why a pattern does not fit a shape. A mask of groups that reach past the edge would
     * be possible, but no product sums over M outputs or M inputs there.
     *
     * @param shape dimensions for which {@link #forShape} has no reason
     * @param pattern the pattern
     * @return the reason: fewer than M outputs or inputs
     */
    public static @Nullable String forPattern(long[] shape, NmPattern pattern) {
        if (shape[0] < pattern.m()) {
            return shape[0] + " outputs, fewer than M = " + pattern.m();
        }
        if (shape[1] < pattern.m()) {
            return shape[1] + " inputs, fewer than M = " + pattern.m();
        }
        return null;
    }

    /**
     * Returns why a weight is not taken for a weight of a product, if only names and shapes are
     * known. It finds only what these tell: a grouped convolution with M inputs in each group, for
     * example, looks like any other.
     *
     * @param name its name, whose parts may be separated by dots, slashes or colons
     * @param shape dimensions for which {@link #forShape} has no reason
     * @param shapes returns the shape of the tensor of another name, if there is one
     * @return the reason: an embedding or a table of positions, which have no bias beside them; a
     *     transposed convolution by its name, or by a bias without one value for each output
     */
    public static @Nullable String forName(
            String name, long[] shape, Function<String, Optional<long[]>> shapes) {
        String owner = owner(name);
        if (shape.length > 2 && TRANSPOSED.matcher(owner).find()) {
            return "transposed convolution, by its name";
        }
        long[] bias = biasBeside(name, shapes);
        if (bias != null) {
            // A matrix may be stored as [in, out].
            return shape.length == 2 || bias.length != 1 || bias[0] == shape[0]
                    ? null
                    : "its bias is of "
                            + bias[0]
                            + " outputs, not "
                            + shape[0]
                            + ": not [out, in, k1, ...], such as a transposed convolution";
        }
        if (POSITIONS.matcher(owner).find()) {
            return "table of positions, by its name";
        }
        // [out, in, k1, k2] is the convolution that makes patches of an image.
        return shape.length == 2 && EMBEDDING.matcher(owner).find()
                ? "embedding, by its name"
                : null;
    }

    /**
     * Returns why a weight in a block of an unknown kind is not taken for a weight of a product.
     *
     * @param type the name of the block's class
     * @return the reason: the block calls itself an embedding
     */
    public static @Nullable String forBlock(String type) {
        return EMBEDDING.matcher(type).find()
                ? "embedding, by its block's name (" + type + ")"
                : null;
    }

    private static long @Nullable [] biasBeside(
            String name, Function<String, Optional<long[]>> shapes) {
        for (String word : new String[] {"weight", "kernel"}) {
            int at = name.lastIndexOf(word);
            if (at >= 0) {
                String bias = name.substring(0, at) + "bias" + name.substring(at + word.length());
                return shapes.apply(bias).orElse(null);
            }
        }
        return null;
    }

    /** The last telling part of a name: the name of the module, or of the list that it is in. */
    private static String owner(String name) {
        String[] parts = SEPARATOR.split(name, -1);
        int last = parts.length - 1;
        while (last > 0
                && (GENERIC.contains(parts[last]) || NUMBER.matcher(parts[last]).matches())) {
            last--;
        }
        return parts[last];
    }
}
