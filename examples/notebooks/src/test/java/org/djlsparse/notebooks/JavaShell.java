package org.djlsparse.notebooks;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.execution.LocalExecutionControlProvider;

/** Runs Java code in this JVM, snippet by snippet, as a kernel does. */
final class JavaShell implements AutoCloseable {

    private final JShell shell =
            JShell.builder().executionEngine(new LocalExecutionControlProvider(), Map.of()).build();

    JavaShell() {
        shell.addToClasspath(System.getProperty("surefire.test.class.path"));
    }

    /**
     * Runs code.
     *
     * @return the value of the last snippet as text, which a kernel shows; null if it has none
     * @throws AssertionError if a snippet is incomplete, does not compile, uses undefined names, or
     *     throws
     */
    @Nullable String run(String code) {
        String value = null;
        String rest = code;
        while (!rest.isBlank()) {
            CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            if (next.source() == null) {
                throw new AssertionError("not complete: " + rest);
            }
            for (SnippetEvent event : shell.eval(next.source())) {
                check(next.source(), event);
                value = isExpression(event.snippet()) ? event.value() : null;
            }
            rest = next.remaining();
        }
        return value;
    }

    private static boolean isExpression(Snippet snippet) {
        return snippet.kind() == Snippet.Kind.EXPRESSION
                || snippet.subKind() == Snippet.SubKind.TEMP_VAR_EXPRESSION_SUBKIND;
    }

    private void check(String source, SnippetEvent event) {
        JShellException thrown = event.exception();
        if (thrown != null) {
            String name =
                    thrown instanceof EvalException exception
                            ? exception.getExceptionClassName() + ": "
                            : "";
            throw new AssertionError(name + thrown.getMessage() + "\nin: " + source, thrown);
        }
        if (event.status() != Snippet.Status.VALID) {
            String why =
                    shell.diagnostics(event.snippet())
                            .map(diagnostic -> diagnostic.getMessage(Locale.ROOT))
                            .collect(Collectors.joining("\n"));
            throw new AssertionError(event.status() + ": " + why + "\nin: " + source);
        }
    }

    @Override
    public void close() {
        shell.close();
    }
}
