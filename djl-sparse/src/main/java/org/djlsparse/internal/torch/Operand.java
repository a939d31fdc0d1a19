package org.djlsparse.internal.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

import org.djlsparse.internal.cpu.PanelSource;
import org.djlsparse.internal.cpu.PlanePanels;
import org.djlsparse.internal.cpu.RowPanels;

import java.nio.FloatBuffer;

/**
 * An array as the operand of a product. It is read in place if it is contiguous or becomes so by
 * exchanging its last two dimensions, and copied otherwise.
 *
 * @param source the entries
 * @param positions the rows of a linear layer's input, or the pixels of all images
 * @param arrays the arrays that hold the memory
 */
record Operand(PanelSource source, int positions, NDList arrays) implements AutoCloseable {

    static Operand of(NDArray x, ProductForm form) {
        boolean linear = form instanceof LinearForm;
        NDList arrays = LinearOps.module().callWithGradients(linear ? "operand" : "compact", x);
        arrays.attach(HeldMemory.manager());
        try {
            FloatBuffer data = Floats.view(arrays.get(0));
            Shape shape = arrays.get(0).getShape();
            if (linear && arrays.size() == 1) {
                RowPanels rows = rows(data, shape);
                return new Operand(rows, rows.rows(), arrays);
            }
            PlanePanels planes = planes(data, shape, linear ? shape.dimension() - 2 : 1);
            return new Operand(planes, planes.images() * planes.pixels(), arrays);
        } catch (RuntimeException e) {
            arrays.close();
            throw e;
        }
    }

    /** Returns the rows of an array {@code [.., columns]}. */
    static RowPanels rows(FloatBuffer data, Shape shape) {
        int last = shape.dimension() - 1;
        return new RowPanels(data, count(shape, 0, last), (int) shape.get(last));
    }

    /** Returns the images of an array; the dimensions after the channels are pixels. */
    static PlanePanels planes(FloatBuffer data, Shape shape, int channels) {
        return new PlanePanels(
                data,
                count(shape, 0, channels),
                (int) shape.get(channels),
                count(shape, channels + 1, shape.dimension()));
    }

    private static int count(Shape shape, int from, int to) {
        long count = 1;
        for (int i = from; i < to; i++) {
            count *= shape.get(i);
        }
        return Math.toIntExact(count);
    }

    @Override
    public void close() {
        arrays.close();
    }
}
