package org.djlsparse.cli.convert;

import org.djlsparse.cli.options.Names;
import org.djlsparse.convert.MaskScore;
import org.djlsparse.convert.ReconstructionMethod;

/** The methods of conversion. */
public enum MethodName {
    /** Masks keep the largest weights, which stay as they are. */
    MAGNITUDE,
    /** The kept weights are fitted to samples by least squares. */
    ADAPRUNE,
    /** The kept weights are fitted to samples with Adam, as in the paper's code. */
    ADAM;

    ReconstructionMethod getMethod() {
        return switch (this) {
            case MAGNITUDE -> ReconstructionMethod.maskOnly();
            case ADAPRUNE -> ReconstructionMethod.closedForm();
            case ADAM -> ReconstructionMethod.adam();
        };
    }

    MaskScore getDefaultScore() {
        return this == ADAPRUNE ? MaskScore.WANDA : MaskScore.MAGNITUDE;
    }

    @Override
    public String toString() {
        return Names.of(this);
    }
}
