package org.djlsparse.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A TorchScript module in DJL's PyTorch engine, whose methods are called from Java: any operator of
 * PyTorch, on any device.
 *
 * <p>Methods run without gradients and as they are written: PyTorch's graph optimizer, which on a
 * GPU would compile chains of operators and round differently from one call to the next, is left
 * out. Several threads may call at the same time.
 */
public final class TorchModule implements AutoCloseable {

    private final String name;
    private final PtSymbolBlock block;

    private TorchModule(String name, PtSymbolBlock block) {
        this.name = name;
        this.block = block;
    }

    /**
     * Loads a module.
     *
     * @param archive the module
     * @param manager what to attach the module to: it ends with this manager, if not closed before
     * @return the module
     * @throws IllegalArgumentException if the manager is not of DJL's PyTorch engine
     * @throws EngineException if PyTorch does not accept the source
     */
    public static TorchModule load(TorchArchive archive, NDManager manager) {
        try (ByteArrayInputStream stream = new ByteArrayInputStream(archive.toBytes())) {
            PtSymbolBlock block = JniUtils.loadModule(torch(manager), stream, false, false);
            return new TorchModule(archive.getClassName(), block);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // in memory: does not happen
        }
    }

    /**
     * Calls a method, without gradients.
     *
     * @param manager what to attach the results to
     * @param method the method's name
     * @param arguments what the method takes after self: {@link NDArray} for a tensor, {@link
     *     Integer} or {@link Long} for an int, {@link Double} for a float, {@link Boolean} for a
     *     bool, {@code long[]} for a list of int
     * @return the tensors that the method returns
     * @throws IllegalArgumentException if the manager or an array is not of DJL's PyTorch engine,
     *     or an argument of another class
     * @throws EngineException if an operator fails; names the method, the arguments' types and
     *     shapes, and the operator's own words
     */
    public NDList call(NDManager manager, String method, Object... arguments) {
        PtNDManager owner = torch(manager);
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = value(method, i, arguments[i]);
            }
            JniUtils.setGraphExecutorOptimize(false);
            try (IValue result = IValueUtils.runMethod(block, method, values)) {
                return result.toNDList(owner);
            } finally {
                JniUtils.setGraphExecutorOptimize(optimizes());
            }
        } catch (EngineException e) {
            throw new EngineException(
                    "TorchScript "
                            + name
                            + "."
                            + method
                            + "("
                            + Arrays.stream(arguments)
                                    .map(TorchModule::describe)
                                    .collect(Collectors.joining(", "))
                            + "): "
                            + reason(e),
                    e);
        } finally {
            for (IValue value : values) {
                if (value != null) {
                    value.close();
                }
            }
        }
    }

    /** What DJL sets on each thread that runs a model, and PyTorch's default. */
    private static boolean optimizes() {
        return Boolean.parseBoolean(System.getProperty("ai.djl.pytorch.graph_optimizer", "true"));
    }

    private static PtNDManager torch(NDManager manager) {
        if (manager instanceof PtNDManager torch) {
            return torch;
        }
        throw new IllegalArgumentException(
                "manager of engine "
                        + manager.getEngine().getEngineName()
                        + ": must be of PyTorch");
    }

    private IValue value(String method, int index, Object argument) {
        if (argument instanceof PtNDArray array) {
            return IValue.from(array);
        } else if (argument instanceof Integer number) {
            return IValue.from(number.longValue());
        } else if (argument instanceof Long number) {
            return IValue.from(number.longValue());
        } else if (argument instanceof Double number) {
            return IValue.from(number.doubleValue());
        } else if (argument instanceof Boolean truth) {
            return IValue.from(truth.booleanValue());
        } else if (argument instanceof long[] list) {
            return IValue.listFrom(list);
        }
        throw new IllegalArgumentException(
                "argument "
                        + (index + 1)
                        + " of "
                        + name
                        + "."
                        + method
                        + " is a "
                        + argument.getClass().getSimpleName()
                        + ": must be an array of PyTorch, an int, long, double, boolean or long[]");
    }

    private static String describe(Object argument) {
        if (argument instanceof NDArray array) {
            DataType type = array.getDataType();
            return type + " " + array.getShape();
        }
        return argument instanceof long[] list ? Arrays.toString(list) : argument.toString();
    }

    /** The last line with words of PyTorch's report; the lines before trace the script. */
    private static String reason(EngineException e) {
        String report = String.valueOf(e.getMessage());
        return report.lines()
                .filter(line -> line.startsWith("RuntimeError: "))
                .map(line -> line.substring("RuntimeError: ".length()))
                .reduce((first, second) -> second)
                .orElse(report.lines().findFirst().orElse(report));
    }

    /** Frees the module. */
    @Override
    public void close() {
        block.close();
    }
}
