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

import org.djlsparse.internal.torch.CudaStreams;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A TorchScript module in DJL's PyTorch engine, whose methods can be called from Java. They can use
 * any operator of PyTorch, on any device.
 *
 * <p>Methods run as written: PyTorch's graph optimizer is disabled, because on a GPU it would
 * compile chains of operators and round differently from one call to the next. Thread-safe.
 */
public final class TorchModule implements AutoCloseable {

    /** The name of the engine. Reading a constant does not load the engine. */
    static final String ENGINE = "PyTorch";

    private static final Pattern PLAIN = Pattern.compile("\\w*");

    private final String name;
    private final PtNDManager manager;
    private final PtSymbolBlock block;
    private final Map<String, NDArray> markers = new ConcurrentHashMap<>();

    private TorchModule(String name, PtNDManager manager, PtSymbolBlock block) {
        this.name = name;
        this.manager = manager;
        this.block = block;
    }

    /**
     * Loads a module.
     *
     * @param archive the module
     * @param manager the manager to which the module is attached; the module is closed with it, if
     *     not before
     * @return the module
     * @throws IllegalArgumentException if the manager does not belong to DJL's PyTorch engine
     * @throws EngineException if PyTorch does not accept the source
     */
    public static TorchModule load(TorchArchive archive, NDManager manager) {
        PtNDManager owner = torch(manager);
        try (ByteArrayInputStream stream = new ByteArrayInputStream(archive.toBytes())) {
            PtSymbolBlock block = JniUtils.loadModule(owner, stream, false, false);
            return new TorchModule(archive.getClassName(), owner, block);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // in memory: does not happen
        }
    }

    /**
     * Calls a method without gradients. The results are inference tensors, which can be neither
     * changed in place nor part of a graph.
     *
     * @param manager the manager to which the results are attached
     * @param method the method's name
     * @param arguments the method's arguments after self: {@link NDArray} for a tensor, {@link
     *     Integer} or {@link Long} for an int, {@link Double} for a float, {@link Boolean} for a
     *     bool, {@link String} for a str, {@code long[]} for a list of int
     * @return the tensors that the method returns
     * @throws IllegalArgumentException if the manager or an array does not belong to DJL's PyTorch
     *     engine, or an argument has another class
     * @throws IllegalStateException if an array is on a GPU and DJL's option {@code
     *     ai.djl.pytorch.enable_cuda_stream} is on: the call would not wait for work on the array
     * @throws EngineException if an operator fails; the message contains the method, the types and
     *     shapes of the arguments, and the operator's message
     */
    public NDList call(NDManager manager, String method, Object... arguments) {
        PtNDManager owner = torch(manager);
        try (IValue result = run(method, arguments)) {
            return result.toNDList(owner);
        }
    }

    /**
     * Calls a method that returns an int, without gradients.
     *
     * @param method the method's name
     * @param arguments the arguments, as for {@link #call}
     * @return the result
     * @throws IllegalArgumentException see {@link #call}
     * @throws IllegalStateException see {@link #call}
     * @throws EngineException see {@link #call}
     */
    public long callForInt(String method, Object... arguments) {
        try (IValue result = run(method, arguments)) {
            return result.toLong();
        }
    }

    private IValue run(String method, Object... arguments) {
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                checkStreams(method, i, arguments[i]);
                values[i] = value(method, i, arguments[i]);
            }
            JniUtils.setGraphExecutorOptimize(false);
            try {
                return IValueUtils.runMethod(block, method, values);
            } finally {
                JniUtils.setGraphExecutorOptimize(optimizes());
            }
        } catch (EngineException e) {
            throw failure(method, arguments, e);
        } finally {
            for (IValue value : values) {
                if (value != null) {
                    value.close();
                }
            }
        }
    }

    private void checkStreams(String method, int index, Object argument) {
        String reason =
                argument instanceof NDArray array
                        ? CudaStreams.reasonAgainst(array.getDevice())
                        : null;
        if (reason != null) {
            throw new IllegalStateException(place(method, index) + ": " + reason);
        }
    }

    /**
     * Calls a method as part of the graph if gradients are being collected, like the operations of
     * {@link NDArray}.
     *
     * @param method the method's name
     * @param arguments the method's arguments after self: an array for a tensor, an array of one
     *     string for a str; the first must be a tensor
     * @return the tensors that the method returns, attached to the first argument's manager
     * @throws IllegalArgumentException if an array does not belong to DJL's PyTorch engine
     * @throws EngineException if an operator fails; see {@link #call}
     */
    public NDList callWithGradients(String method, NDArray... arguments) {
        NDList list = new NDList(arguments.length + 1);
        for (int i = 0; i < arguments.length; i++) {
            list.add(unnamed(torch(method, i, arguments[i])));
        }
        list.add(markers.computeIfAbsent(method, this::marker));
        try {
            JniUtils.setGraphExecutorOptimize(false);
            return IValueUtils.forward(block, list, true);
        } catch (EngineException e) {
            throw failure(method, arguments, e);
        } finally {
            JniUtils.setGraphExecutorOptimize(optimizes());
            for (int i = 0; i < arguments.length; i++) {
                if (list.get(i) != arguments[i]) {
                    list.get(i).close();
                }
            }
        }
    }

    /** Returns the array by which the engine identifies a method; string arrays are not native. */
    private NDArray marker(String method) {
        NDArray marker = manager.create(method);
        marker.setName("module_method:" + method);
        return marker;
    }

    /** Removes names such as "a.b" or "a[]", which the engine treats as parts of a collection. */
    private static PtNDArray unnamed(PtNDArray array) {
        String name = array.getName();
        return name == null || PLAIN.matcher(name).matches()
                ? array
                : JniUtils.reshape(array, array.getShape().getShape());
    }

    private PtNDArray torch(String method, int index, NDArray argument) {
        if (argument instanceof PtNDArray array) {
            return array;
        }
        throw new IllegalArgumentException(
                place(method, index)
                        + " is of engine "
                        + argument.getManager().getEngine().getEngineName()
                        + ": must be of PyTorch");
    }

    private String place(String method, int index) {
        return "argument " + (index + 1) + " of " + name + "." + method;
    }

    private EngineException failure(String method, Object[] arguments, EngineException e) {
        return new EngineException(
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
    }

    /** Returns the setting that DJL applies to each thread that runs a model; PyTorch's default. */
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
        } else if (argument instanceof String text) {
            return IValue.from(text);
        } else if (argument instanceof long[] list) {
            return IValue.listFrom(list);
        }
        throw new IllegalArgumentException(
                place(method, index)
                        + " is a "
                        + argument.getClass().getSimpleName()
                        + ": must be an array of PyTorch, an int, long, double, boolean, String or"
                        + " long[]");
    }

    private static String describe(Object argument) {
        if (argument instanceof NDArray array) {
            DataType type = array.getDataType();
            return type == DataType.STRING
                    ? array.toStringArray()[0]
                    : type + " " + array.getShape();
        }
        return argument instanceof long[] list ? Arrays.toString(list) : argument.toString();
    }

    /**
     * Returns the last error message in PyTorch's report, which follows the script's stack trace.
     */
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
