package org.djlsparse.internal.cpu;

import java.util.ArrayList;
import java.util.List;

/**
 * A convolution in one direction.
 *
 * <p>The stride splits the padded input into phases: phase a has every stride-th row, from row a
 * on. A tap reads one phase, at a fixed number of rows behind the row of the result.
 *
 * @param kernel the taps
 * @param stride the distance in the input from one result to the next
 * @param padding the zeros on each side
 * @param dilation the distance between two taps in the input
 */
public record Axis(int kernel, int stride, int padding, int dilation) {

    /**
     * Creates an axis.
     *
     * @throws IllegalArgumentException if kernel, stride or dilation are below 1, or the padding
     *     below 0
     */
    public Axis {
        if (kernel < 1 || stride < 1 || padding < 0 || dilation < 1) {
            throw new IllegalArgumentException(
                    "kernel "
                            + kernel
                            + ", stride "
                            + stride
                            + ", padding "
                            + padding
                            + ", dilation "
                            + dilation
                            + ": must be at least 1, 1, 0 and 1");
        }
    }

    /**
     * Returns the number of results of an input.
     *
     * @param size the input's rows
     * @return the number of results; below 1 if the kernel is larger than the padded input
     */
    public int results(int size) {
        return Math.floorDiv(size + 2 * padding - dilation * (kernel - 1) - 1, stride) + 1;
    }

    /** The phase that a tap reads. */
    int phase(int tap) {
        return tap * dilation % stride;
    }

    /** The number of rows, in its phase, by which a tap's operand is behind the result. */
    int shift(int tap) {
        return tap * dilation / stride;
    }

    /** The taps that read a phase, in ascending order. */
    List<Integer> tapsOf(int phase) {
        List<Integer> taps = new ArrayList<>();
        for (int tap = 0; tap < kernel; tap++) {
            if (phase(tap) == phase) {
                taps.add(tap);
            }
        }
        return taps;
    }

    /** The phases that taps read, in ascending order. */
    List<Integer> phases() {
        List<Integer> phases = new ArrayList<>();
        for (int phase = 0; phase < stride; phase++) {
            if (!tapsOf(phase).isEmpty()) {
                phases.add(phase);
            }
        }
        return phases;
    }

    /** The rows of a phase of an input. */
    Steps phase(int phase, int size) {
        return new Steps(stride, phase - padding, size);
    }
}
