package org.djlsparse.convert;

/** The solution of the normal equations. */
record ClosedForm(double damping) implements ReconstructionMethod {

    ClosedForm {
        Checks.positive("damping", damping);
    }

    @Override
    public String getName() {
        return "closed form";
    }
}
