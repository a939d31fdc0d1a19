package org.djlsparse.cli.bench;

import com.google.gson.annotations.SerializedName;

/** Where a search for masks comes from. */
public enum Kind {
    /** The library's, transposable. */
    @SerializedName("solver")
    SOLVER,
    /** The library's, not transposable. */
    @SerializedName("baseline")
    BASELINE,
    /** A published algorithm as plain PyTorch operations. */
    @SerializedName("peer")
    PEER
}
