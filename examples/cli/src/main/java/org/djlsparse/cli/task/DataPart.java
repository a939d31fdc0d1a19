package org.djlsparse.cli.task;

import org.djlsparse.cli.options.Names;

/** The part of the data on which a model is measured. */
public enum DataPart {
    /** The test data. The model is trained on everything else. */
    TEST,
    /** A part of the training data, for the choice of settings. The test data is not used. */
    VALIDATION;

    @Override
    public String toString() {
        return Names.of(this);
    }
}
