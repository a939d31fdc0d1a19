package org.djlsparse.cli.command;

import org.djlsparse.cli.doctor.Diagnosis;
import org.djlsparse.cli.doctor.Doctor;
import org.djlsparse.cli.report.Json;
import org.djlsparse.internal.torch.LinearOps;
import org.djlsparse.torch.TorchMaskSolver;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what works on this machine. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Tries masks, gradient hooks and each kernel on each device, and says what works here,"
                    + " or why not.",
            "The exit code is 0 if masked training with dense products works, which needs no GPU."
        })
public final class DoctorCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    @Option(
            names = "--export",
            paramLabel = "<folder>",
            description =
                    "Write the TorchScript that runs on devices to linear_ops.pt and"
                            + " mask_solver.pt, to be loaded by torch.jit.load.")
    private @Nullable Path export;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public DoctorCommand() {}

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (export != null) {
            Path folder = OutputFolder.create(export, "--export");
            LinearOps.getArchive().write(folder.resolve("linear_ops.pt"));
            TorchMaskSolver.getArchive().write(folder.resolve("mask_solver.pt"));
        }
        Diagnosis diagnosis = Doctor.examine();
        if (json) {
            out.println(Json.of(diagnosis));
        } else {
            print(out, diagnosis);
        }
        out.flush();
        return diagnosis.maskedDense().works() ? 0 : 1;
    }

    private static void print(PrintWriter out, Diagnosis diagnosis) {
        line(out, "Java", diagnosis.java());
        line(out, "platform", diagnosis.platform());
        line(out, "DJL", diagnosis.djl());
        line(out, "engine", diagnosis.engine());
        line(out, "Vector API", text(diagnosis.vector()));
        for (Diagnosis.DeviceInfo device : diagnosis.devices()) {
            String capability = device.computeCapability();
            line(
                    out,
                    "device",
                    device.name()
                            + (capability == null ? "" : ", compute capability " + capability));
        }
        line(out, "masked training", text(diagnosis.maskedDense()));
        line(out, "gradient hooks", text(diagnosis.hooks()));
        for (Diagnosis.KernelCheck kernel : diagnosis.kernels()) {
            line(out, kernel.kernel(), kernel.device() + ": " + text(kernel));
        }
    }

    private static String text(Diagnosis.VectorCheck vector) {
        return vector.available()
                ? "works, vectors of " + vector.lanes() + " floats: cpu-sparse runs"
                : "none, so cpu-sparse does not run: " + vector.reason();
    }

    private static String text(Diagnosis.KernelCheck kernel) {
        Diagnosis.Check forward = kernel.forward();
        Diagnosis.Check gradient = kernel.inputGradient();
        if (forward.works() && gradient.works()) {
            return String.format(
                    Locale.ROOT,
                    "works, errors %.1e forward, %.1e input gradient",
                    forward.error(),
                    gradient.error());
        }
        // Most often what stands against one product stands against both.
        return forward.equals(gradient)
                ? text(forward)
                : "forward " + text(forward) + ", input gradient " + text(gradient);
    }

    private static String text(Diagnosis.Check check) {
        return check.works()
                ? String.format(Locale.ROOT, "works, error %.1e", check.error())
                : String.valueOf(check.reason());
    }

    private static void line(PrintWriter out, String name, String value) {
        out.printf(Locale.ROOT, "%-18s%s%n", name, value);
    }
}
