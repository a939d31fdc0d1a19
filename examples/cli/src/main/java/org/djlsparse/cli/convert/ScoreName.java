package org.djlsparse.cli.convert;

import org.djlsparse.convert.MaskScore;

import java.util.Locale;

/** What masks keep most of. */
public enum ScoreName {
    /** The weight's magnitude. */
    MAGNITUDE,
    /** The magnitude times the norm of the weight's input. */
    WANDA,
    /** What the loss of the weight costs if all others make up for it. */
    OBS;

    MaskScore getScore() {
        return MaskScore.valueOf(name());
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
