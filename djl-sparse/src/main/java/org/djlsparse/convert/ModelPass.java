package org.djlsparse.convert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Runs forward passes of a model with other values for some of its parameters. */
final class ModelPass {

    private final NDManager manager;
    private final BooleanSupplier cancelled;

    /**
     * Thrown by a hook to end a forward pass early, after the last call that matters. It has no
     * stack trace and is not an error.
     */
    static final class StopForward extends RuntimeException {

        private static final long serialVersionUID = 1;

        StopForward() {
            super("seen enough of the forward pass", null, false, false);
        }
    }

    /** A failure of a hook, as opposed to a failure of the model. */
    private static final class HookFailure extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final RuntimeException failure;

        HookFailure(RuntimeException failure) {
            super(failure);
            this.failure = failure;
        }
    }

    ModelPass(NDManager manager, BooleanSupplier cancelled) {
        this.manager = manager;
        this.cancelled = cancelled;
    }

    void checkCancelled() {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("conversion cancelled; the model is unchanged");
        }
    }

    /** Returns a hook whose errors {@link #run} rethrows unchanged. */
    static ForwardHook guarded(ForwardHook hook) {
        return (layer, input, output) -> {
            try {
                hook.onForward(layer, input, output);
            } catch (StopForward e) {
                throw e;
            } catch (RuntimeException e) {
                throw new HookFailure(e);
            }
        };
    }

    /**
     * Runs the model on calibration samples, and discards the outputs.
     *
     * @param root the model, with {@link #guarded} hooks in it
     * @param values the values of some parameters
     * @param batch the samples
     * @param number the batch's number, for errors
     * @throws IllegalArgumentException if the forward pass fails
     */
    void run(Block root, Map<Parameter, NDArray> values, NDList batch, int number) {
        checkCancelled();
        try (NDManager scratch = manager.newSubManager()) {
            // Intermediate arrays are closed with the manager; the batch returns to its own.
            scratch.tempAttachAll(batch);
            root.forward(new ParameterOverlay(scratch, values), new NDList(batch), false);
        } catch (StopForward e) {
            // ended by a hook
        } catch (HookFailure e) {
            throw e.failure;
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "calibration batch "
                            + (number + 1)
                            + " of shapes "
                            + Arrays.toString(batch.getShapes())
                            + ": the forward pass failed: "
                            + e.getMessage(),
                    e);
        }
    }

    /** Runs the model on validation data; the outputs belong to the data's manager. */
    NDList evaluate(Block root, Map<Parameter, NDArray> values, NDList data) {
        checkCancelled();
        return root.forward(new ParameterOverlay(manager, values), data, false);
    }
}
