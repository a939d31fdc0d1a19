package org.djlsparse.it.kotlin

import java.nio.file.Path
import kotlin.io.path.writeText
import org.assertj.core.api.Assertions.assertThat
import org.jetbrains.kotlin.cli.common.ExitCode
import org.jetbrains.kotlin.cli.common.arguments.K2JVMCompilerArguments
import org.jetbrains.kotlin.cli.common.messages.CompilerMessageSeverity
import org.jetbrains.kotlin.cli.common.messages.CompilerMessageSourceLocation
import org.jetbrains.kotlin.cli.common.messages.MessageCollector
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler
import org.jetbrains.kotlin.config.Services
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Mistakes that the Kotlin compiler finds: nulls of Java's API, and blocks in the wrong place. */
internal class RefusedCodeTest {

    @TempDir private lateinit var folder: Path

    @Test
    fun `nulls are refused where Java declares none`() {
        assertThat(
                errors(
                    "val a = Sparsifier.builder().setPattern(null)",
                    "fun b(row: LayerSparsity): Double = row.mask.density",
                    "fun c(row: LayerSparsity): String = row.reason",
                    "fun d(row: LayerSparsity): String = row.name",
                    "fun e(masks: Map<String, Mask>): Double = masks[\"w\"].density",
                    "fun f(s: Sparsifier): Map<String, Mask> = s.masks",
                    "fun g(row: LayerConversion): Double = row.errorAfter",
                )
            )
            .containsOnlyKeys(1, 2, 3, 5, 7)
            .allSatisfy { _, message ->
                assertThat(message).containsAnyOf("null", "safe (?.)", "?")
            }
    }

    @Test
    fun `a block sees its own settings only`() {
        val errors =
            errors(
                "val a = sparsifier { layers { pattern = 2 of 4 } }",
                "val b = sparsifier { schedule { history = 3 } }",
                "val c = sparsifier { policy { layers(\"w\") { denseFirstAndLast() } } }",
                "val d = sparsifier { policy { layers(\"w\") { pattern = 2 of 4 } } }",
                "val e = adaPrune { layers { samples = 3 } }",
                "val f = sparsifier { rule(\"r\", GradientFlow.MASKED) { history = 3 } }",
                "val g = sparsifier { pattern = \"2:4\" }",
            )
        assertThat(errors).containsOnlyKeys(1, 2, 3, 5, 6, 7)
        assertThat(errors.filterKeys { it < 7 }.values).allSatisfy { message ->
            assertThat(message).contains("implicit receiver")
        }
    }

    /** Compiles lines of code and returns the errors by line, from 1. */
    private fun errors(vararg lines: String): Map<Int, String> {
        val imports =
            listOf(
                "org.djlsparse.*",
                "org.djlsparse.convert.*",
                "org.djlsparse.kotlin.*",
                "org.djlsparse.layer.*",
                "org.djlsparse.mask.*",
                "org.djlsparse.training.*",
            )
        val source = folder.resolve("Refused.kt")
        // All on one line, so that the first line of code is the second of the file.
        source.writeText(
            imports.joinToString("; ") { "import $it" } + "\n" + lines.joinToString("\n")
        )
        val collector = Errors()
        val arguments =
            K2JVMCompilerArguments().apply {
                freeArgs = listOf(source.toString())
                destination = folder.resolve("classes").toString()
                classpath = System.getProperty("java.class.path")
                noStdlib = true
                noReflect = true
            }
        val code = K2JVMCompiler().exec(collector, Services.EMPTY, arguments)
        assertThat(code).isEqualTo(ExitCode.COMPILATION_ERROR)
        return collector.byLine.mapKeys { it.key - 1 }
    }

    private class Errors : MessageCollector {

        val byLine = sortedMapOf<Int, String>()

        override fun clear() = byLine.clear()

        override fun hasErrors(): Boolean = byLine.isNotEmpty()

        override fun report(
            severity: CompilerMessageSeverity,
            message: String,
            location: CompilerMessageSourceLocation?,
        ) {
            if (severity.isError) {
                byLine.merge(location?.line ?: 0, message) { a, b -> "$a; $b" }
            }
        }
    }
}
