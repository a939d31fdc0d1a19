package org.djlsparse.internal.cpu;

import com.sun.management.HotSpotDiagnosticMXBean;

import org.jspecify.annotations.Nullable;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Optional;

/**
 * The inner loops of this JVM: those of Java's Vector API, if its module was added and the compiler
 * turns them into vector instructions of the processor; otherwise none, with the reason. There are
 * no plain loops, since these are slower than PyTorch's dense product.
 */
public final class VectorLoops {

    /** The name of the module that users add. */
    public static final String MODULE = "jdk.incubator.vector";

    private static final String CLASS = "org.djlsparse.internal.cpu.vector.VectorPanelOps";
    private static final int LEAST_LANES = 8;

    private record Loading(@Nullable PanelOps ops, @Nullable String reason) {}

    private static final class Holder {
        static final Loading LOADING = load();
    }

    private VectorLoops() {}

    /**
     * Returns why this JVM has no loops.
     *
     * @return the reason, in words; null if it has loops
     */
    public static @Nullable String getReason() {
        return Holder.LOADING.reason();
    }

    /**
     * Returns the loops.
     *
     * @return the loops
     * @throws UnsupportedOperationException if there are none; the message has the reason
     */
    public static PanelOps get() {
        PanelOps ops = Holder.LOADING.ops();
        if (ops == null) {
            throw new UnsupportedOperationException(getReason());
        }
        return ops;
    }

    private static Loading load() {
        String reason = reasonAgainstJvm();
        if (reason == null && ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            reason = "the JVM was started without --add-modules " + MODULE;
        }
        if (reason != null) {
            return new Loading(null, reason);
        }
        try {
            PanelOps ops =
                    Class.forName(CLASS)
                            .asSubclass(PanelOps.class)
                            .getDeclaredConstructor()
                            .newInstance();
            if (ops.getLanes() < LEAST_LANES) {
                return new Loading(
                        null,
                        "vectors of "
                                + ops.getLanes()
                                + " floats: must be at least "
                                + LEAST_LANES
                                + ", as AVX2 has");
            }
            return new Loading(ops, null);
        } catch (ReflectiveOperationException | LinkageError e) {
            return new Loading(
                    null,
                    "the Vector API of Java "
                            + System.getProperty("java.version")
                            + " is not a supported version: "
                            + e);
        }
    }

    private static @Nullable String reasonAgainstJvm() {
        String info = String.valueOf(System.getProperty("java.vm.info"));
        if (info.toLowerCase(Locale.ROOT).contains("interpreted")) {
            return "the JVM runs in interpreted mode only";
        }
        HotSpotDiagnosticMXBean hotSpot;
        try {
            hotSpot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        } catch (IllegalArgumentException e) {
            hotSpot = null;
        }
        if (hotSpot == null) {
            return "the JVM is not HotSpot: " + System.getProperty("java.vm.name");
        }
        if (isOption(hotSpot, "UseFMA", "false")) {
            return "the processor has no fused multiply-add, or the JVM does not use it";
        }
        if (option(hotSpot, "TieredStopAtLevel").filter(level -> !level.equals("4")).isPresent()
                || isOption(hotSpot, "UseCompiler", "false")) {
            return "the JVM's optimizing compiler, C2, is off";
        }
        if (isOption(hotSpot, "EnableJVMCI", "true")
                && isOption(hotSpot, "UseJVMCICompiler", "true")) {
            return "the JVM's compiler is not C2, and would not use vectors";
        }
        return null;
    }

    private static boolean isOption(HotSpotDiagnosticMXBean hotSpot, String name, String value) {
        return option(hotSpot, name).filter(value::equals).isPresent();
    }

    private static Optional<String> option(HotSpotDiagnosticMXBean hotSpot, String name) {
        try {
            return Optional.of(hotSpot.getVMOption(name).getValue());
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // this JVM lacks it
        }
    }
}
