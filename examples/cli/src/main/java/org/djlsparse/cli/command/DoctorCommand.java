package org.djlsparse.cli.command;

import org.djlsparse.cli.doctor.Diagnosis;
import org.djlsparse.cli.doctor.Doctor;
import org.djlsparse.cli.report.Text;
import org.djlsparse.internal.text.TextTable;
import org.djlsparse.internal.torch.ProductOps;
import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchMaskSolver;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Diagnoses this machine. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Tests masks, gradient hooks and each kernel on each device, and reports what works on"
                    + " this machine, or why it does not, which native libraries DJL uses, and"
                    + " what to do next to train on a GPU.",
            "The exit code is 0 if masked training with dense products works, which needs no GPU."
        })
public final class DoctorCommand implements Callable<Integer> {

    @Mixin private Output answer;

    @Option(
            names = "--export",
            paramLabel = "<folder>",
            description =
                    "Write the TorchScript that runs on devices, for torch.jit.load: the products"
                            + " of each family of kernels to dense_ops.pt, packed_ops.pt,"
                            + " cslt_ops.pt and cutlass_ops.pt, cuSPARSELt's search to"
                            + " cslt_search.pt, and the mask search to mask_solver.pt.")
    private @Nullable Path export;

    /** Created by picocli, which fills in the options. */
    @SuppressWarnings("NullAway.Init")
    public DoctorCommand() {}

    @Override
    public Integer call() throws IOException {
        if (export != null) {
            Path folder = OutputFolder.create(export, "export");
            for (Map.Entry<String, TorchArchive> ops : ProductOps.getArchives().entrySet()) {
                ops.getValue().write(folder.resolve(ops.getKey() + ".pt"));
            }
            TorchMaskSolver.getArchive().write(folder.resolve("mask_solver.pt"));
        }
        Diagnosis diagnosis = Doctor.examine();
        answer.print(diagnosis, () -> text(diagnosis));
        return diagnosis.maskedDense().works() ? 0 : 1;
    }

    private static String text(Diagnosis diagnosis) {
        TextTable table = new TextTable();
        table.add("Java", diagnosis.java());
        table.add("platform", diagnosis.platform());
        table.add("DJL", diagnosis.djl());
        table.add("engine", diagnosis.engine());
        DoctorText.addEngine(table, diagnosis);
        table.add("Vector API", text(diagnosis.vector()));
        for (Diagnosis.DeviceInfo device : diagnosis.devices()) {
            String capability = device.computeCapability();
            table.add(
                    "device",
                    device.name()
                            + (capability == null ? "" : ", compute capability " + capability));
        }
        table.add("masked training", text(diagnosis.maskedDense()));
        table.add("gradient hooks", text(diagnosis.hooks()));
        for (Diagnosis.KernelCheck kernel : diagnosis.kernels()) {
            table.add(kernel.kernel(), kernel.device() + ": " + text(kernel));
        }
        table.add("next step", diagnosis.nextStep());
        return table.toString();
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
            return Text.format(
                    "works, errors %.1e forward, %.1e input gradient",
                    forward.error(), gradient.error());
        }
        // Usually one reason rules out both products.
        return forward.equals(gradient)
                ? text(forward)
                : "forward " + text(forward) + ", input gradient " + text(gradient);
    }

    private static String text(Diagnosis.Check check) {
        return check.works()
                ? Text.format("works, error %.1e", check.error())
                : String.valueOf(check.reason());
    }
}
