package org.djlsparse.cli.command;

import org.djlsparse.cli.doctor.Diagnosis;
import org.djlsparse.internal.text.TextTable;

/** The rows of {@code doctor} on native libraries and GPUs. */
final class DoctorText {

    private DoctorText() {}

    /** Adds the rows that follow the engine's. */
    static void addEngine(TextTable table, Diagnosis diagnosis) {
        for (String cause : diagnosis.causes()) {
            table.add("caused by", cause);
        }
        table.add("natives", text(diagnosis.natives()));
        table.add("NVIDIA driver", text(diagnosis.driver()));
        table.add("libcudart", text(diagnosis.cudart()));
        table.add("GPUs", text(diagnosis.gpus()));
        table.add("cuSPARSELt", text(diagnosis.cusparselt()));
    }

    static String text(Diagnosis.Natives natives) {
        return natives.folder() == null
                ? "none"
                : natives.flavor() + ", version " + natives.version() + ", " + natives.folder();
    }

    static String text(Diagnosis.Finding finding) {
        String found = finding.found() == null ? "none" : finding.found();
        String version = finding.version() == null ? "" : ", version " + finding.version();
        String reason = finding.reason() == null ? "" : ": " + finding.reason();
        return found + version + reason;
    }

    static String text(Diagnosis.GpuCount gpus) {
        String reason = gpus.reason() == null ? "" : ": " + gpus.reason();
        return "DJL counts " + gpus.djl() + ", PyTorch can use " + gpus.engine() + reason;
    }
}
