package org.djlsparse.cli.options;

import org.djlsparse.layer.LayerSelector;

/** The layers that get masks. */
public enum LayerKind {
    /** All layers that can carry the pattern. */
    ALL(LayerSelector.all()),
    /** The feed-forward layers of a transformer. */
    FEED_FORWARD(LayerSelector.matching("(?i).*feed_?forward.*"));

    @SuppressWarnings("ImmutableEnumChecker") // immutable, as its class says
    private final LayerSelector selector;

    LayerKind(LayerSelector selector) {
        this.selector = selector;
    }

    /**
     * Returns the selector of the layers.
     *
     * @return the selector
     */
    public LayerSelector getSelector() {
        return selector;
    }

    @Override
    public String toString() {
        return Names.of(this);
    }
}
