package org.djlsparse.it.docs;

import org.djlsparse.cli.Main;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

import picocli.CommandLine;
import picocli.CommandLine.Help;

/** Tests that the page of commands equals the help of the commands. */
class DocsCommandsTest {

    private static final String RENEW =
            "mvn -q -pl integration-tests -am test -Dtest=DocsCommandsTest"
                    + " -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.renew=true";

    @Test
    void thePageIsOfTheseCommands() throws IOException {
        Path path = MarkdownPage.root().resolve("docs/cli.md");
        String expected = page();
        if (Boolean.getBoolean("docs.renew")) {
            Files.writeString(path, expected);
        }
        assertThat(Files.readString(path)).as("renewed by: %s", RENEW).isEqualTo(expected);
    }

    /** Checks file names, because the help breaks lines after any full stop. */
    @Test
    void noFileNameIsTornInTwo() {
        assertThat(
                        Pattern.compile("\\.\\R +(safetensors|index|json|npz|npy|params|pt|csv)")
                                .matcher(page())
                                .results()
                                .map(MatchResult::group))
                .isEmpty();
    }

    private static String page() {
        StringBuilder page = new StringBuilder();
        page.append(
                """
                # Commands

                What each command says of itself with `--help`. After a build, `examples/bin/djl-sparse` runs them.
                [Save and load](save-and-load.md) and [Studies](studies.md) show some of them at work. The exit code
                is 0 if all went well, 2 if the input or an option is wrong, and 1 for any other error and for a check
                that fails.

                This page is made from the commands, and a test holds it to them. To renew it:

                """);
        page.append("    ").append(RENEW).append('\n');
        append(page, Main.newCommandLine());
        return page.toString();
    }

    private static void append(StringBuilder page, CommandLine command) {
        command.setUsageHelpWidth(100).setUsageHelpLongOptionsMaxWidth(40);
        page.append("\n## ")
                .append(command.getCommandSpec().qualifiedName())
                .append("\n\n```\n")
                .append(command.getUsageMessage(Help.Ansi.OFF).replace("\r\n", "\n"))
                .append("```\n");
        command.getSubcommands().values().forEach(each -> append(page, each));
    }
}
