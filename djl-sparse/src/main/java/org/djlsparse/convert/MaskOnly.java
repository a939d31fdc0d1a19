package org.djlsparse.convert;

/** Leaves the kept weights as they are. */
enum MaskOnly implements ReconstructionMethod {
    INSTANCE;

    @Override
    public String getName() {
        return "mask only";
    }
}
