package org.djlsparse.cli.study;

import org.djlsparse.cli.InputException;
import org.djlsparse.cli.task.TaskName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RunsFileTest {

    private static final StudySettings SETTINGS = StudyReportTest.settings(TaskName.NAMES);
    private static final StudyRun RUN =
            new StudyRun(
                    "row-2:4", 2, 0.5, 100, 60, 0.1 + 0.2, 2.5, -0.25, 0.125, 1e-3, 3, 0.25, 0.75,
                    null, true);
    private static final Variant ROW = Variant.ALL.get(1);

    @TempDir Path folder;

    @Test
    void keepsEveryDigit() throws IOException {
        try (RunsFile file = RunsFile.open(folder, SETTINGS)) {
            file.add(RUN);
        }

        assertThat(Files.readString(folder.resolve("runs.jsonl")))
                .isEqualTo(
                        """
                        {"task":"names","model":"lenet","depth":null,"dropout":null,\
                        "evaluate":"test","steps":10,"batch":64,"optimizer":"adamw",\
                        "schedule":"cosine","learning_rate":0.01,"final_rate":0.5,\
                        "weight_decay":0.0,"recipe":"r","layers":"all","dense_first_last":false,\
                        "sampled_gradient":false,\
                        "distill":null,"temperature":null,"training_examples":80,\
                        "evaluation_examples":20}
                        {"variant":"row-2:4","seed":2,"width":0.5,"parameters":100,\
                        "kept_parameters":60,"loss":0.30000000000000004,"metric":2.5,\
                        "last_tenth":-0.25,"training_loss":0.125,"seconds_per_step":0.001,\
                        "refreshes":3,"refresh_share":0.25,"kept_magnitude":0.75,\
                        "flip_rate":null,"valid":true}
                        """);
        try (RunsFile file = RunsFile.open(folder, SETTINGS)) {
            assertThat(file.find(ROW, 2, 0.5)).isEqualTo(RUN);
            assertThat(file.find(ROW, 1, 0.5)).isNull();
            assertThat(file.find(ROW, 2, 1)).isNull();
            assertThat(file.find(Variant.DENSE, 2, 0.5)).isNull();
        }
    }

    @Test
    void beginsAgainWhereEvenTheSettingsWereCutOff() throws IOException {
        Files.writeString(folder.resolve("runs.jsonl"), "{\"task\":\"na");

        try (RunsFile file = RunsFile.open(folder, SETTINGS)) {
            file.add(RUN);
        }
        try (RunsFile file = RunsFile.open(folder, SETTINGS)) {
            assertThat(file.find(ROW, 2, 0.5)).isEqualTo(RUN);
        }
    }

    @Test
    void oneStudyAtATime() throws IOException {
        try (RunsFile file = RunsFile.open(folder, SETTINGS)) {
            assertThatThrownBy(() -> RunsFile.open(folder, SETTINGS))
                    .isInstanceOf(InputException.class)
                    .hasMessage("output " + folder + ": another study is writing there");
            file.add(RUN);
        }
        assertThat(Files.readAllLines(folder.resolve("runs.jsonl"))).hasSize(2);
    }
}
