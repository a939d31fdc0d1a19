package org.djlsparse.internal.torch;

import com.sun.jna.Callback;
import com.sun.jna.FunctionMapper;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * The functions of libtorch that hooks need and DJL does not offer, through JNA. For Linux on
 * x86-64.
 */
final class LibTorch {

    private static final Map<String, String> NAMES =
            Map.of(
                    "registerHook",
                    "_ZNK2at10TensorBase14_register_hookESt8functionIFS0_RKS0_EE",
                    "requiresGrad",
                    "_ZNK3c1010TensorImpl13requires_gradEv",
                    "memcpy",
                    "memcpy");

    private static final String UNDEFINED = "_ZN3c1019UndefinedTensorImpl10_singletonE";

    private LibTorch() {}

    /**
     * Finds the functions.
     *
     * @param folder the folder of libtorch's libraries
     * @return the address that an undefined tensor points to
     * @throws UnsatisfiedLinkError if one is missing
     */
    static Pointer load(String folder) {
        FunctionMapper names = (library, method) -> NAMES.get(method.getName());
        NativeLibrary torch =
                NativeLibrary.getInstance(
                        folder + "/libtorch_cpu.so", Map.of(Library.OPTION_FUNCTION_MAPPER, names));
        Native.register(LibTorch.class, torch);
        return NativeLibrary.getInstance(folder + "/libc10.so").getGlobalVariableAddress(UNDEFINED);
    }

    /**
     * Registers a hook: {@code at::TensorBase::_register_hook}. A C++ exception would crash the
     * JVM, so the tensor must need a gradient.
     *
     * @param tensor the address of an {@code at::TensorBase}
     * @param function a {@code std::function<at::TensorBase(const at::TensorBase&)>}, whose content
     *     is moved out
     * @return the number of the hook
     */
    static native int registerHook(long tensor, Pointer function);

    /**
     * Returns whether a tensor is part of a graph or starts one: {@code
     * c10::TensorImpl::requires_grad}. DJL's own method covers only the start.
     *
     * @param implementation the address in an {@code at::TensorBase}
     * @return 0 if not
     */
    static native byte requiresGrad(long implementation);

    /**
     * Returns its first argument if the size is 0. JNA creates code that calls a callback without
     * reflection only if the callback is an argument; this function returns the address of that
     * code.
     */
    static native Pointer memcpy(Callback destination, @Nullable Pointer source, long size);
}
