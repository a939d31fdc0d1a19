package org.djlsparse.internal.cpu;

/** Memory for one thread's products, kept from one product to the next. It grows as needed. */
final class Scratch {

    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    private float[] operands = new float[0];
    private float[] results = new float[0];
    private float[] sums = new float[0];
    private float[] lines = new float[0];

    private Scratch() {}

    static Scratch get() {
        return SCRATCH.get();
    }

    float[] operands(int size) {
        if (operands.length < size) {
            operands = new float[size];
        }
        return operands;
    }

    float[] results(int size) {
        if (results.length < size) {
            results = new float[size];
        }
        return results;
    }

    float[] sums(int size) {
        if (sums.length < size) {
            sums = new float[size];
        }
        return sums;
    }

    float[] lines(int size) {
        if (lines.length < size) {
            lines = new float[size];
        }
        return lines;
    }
}
