package org.djlsparse.cli.bench;

import org.djlsparse.cli.options.Names;

/** The origin of a search for masks. */
public enum Kind {
    /** A solver of the library, transposable. */
    SOLVER,
    /** A solver of the library, not transposable. */
    BASELINE,
    /** A published algorithm as plain PyTorch operations. */
    PEER;

    @Override
    public String toString() {
        return Names.of(this);
    }
}
