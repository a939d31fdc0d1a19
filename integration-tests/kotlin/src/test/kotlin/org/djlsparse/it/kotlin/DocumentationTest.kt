package org.djlsparse.it.kotlin

import java.nio.file.Path
import kotlin.io.path.Path
import kotlin.io.path.extension
import kotlin.io.path.readText
import kotlin.io.path.walk
import org.assertj.core.api.Assertions.assertThat
import org.djlsparse.kotlin.SparsifierScope
import org.junit.jupiter.api.Test

/** The Kotlin code of the documentation occurs in the tests, so it compiles. */
internal class DocumentationTest {

    private val root = Path("../..")
    private val sources = Path("src/test/kotlin").walk().filter { it.extension == "kt" }
    private val code = sources.joinToString("\n") { unindented(it.readText()) }

    @Test
    fun `of the page on Kotlin`() {
        val blocks = blocks(root.resolve("docs/kotlin.md"))

        assertThat(blocks).hasSizeGreaterThan(12)
        assertThat(blocks).allSatisfy { assertThat(code).contains(it) }
    }

    @Test
    fun `of the first page`() {
        assertThat(blocks(root.resolve("README.md"))).hasSize(1).allSatisfy {
            assertThat(code).contains(it)
        }
    }

    @Test
    fun `samples of the library's own documentation`() {
        val library = root.resolve("djl-sparse/src/main/kotlin").walk()
        val samples =
            library
                .flatMap {
                    Regex("@sample org\\.djlsparse\\.kotlin\\.samples\\.(\\S+)")
                        .findAll(it.readText())
                }
                .map { it.groupValues[1] }
                .toSet()

        assertThat(samples).hasSizeGreaterThan(4)
        assertThat(samples).allSatisfy { assertThat(code).contains("internal fun $it(") }
    }

    @Test
    fun `the page names every setting`() {
        val text = root.resolve("docs/kotlin.md").readText()
        val settings =
            SparsifierScope::class
                .java
                .methods
                .filter { it.name.startsWith("set") }
                .map { it.name.removePrefix("set").replaceFirstChar(Char::lowercase) }

        assertThat(settings).hasSize(11).allSatisfy { assertThat(text).contains("| `$it` |") }
    }

    private fun blocks(page: Path): List<String> =
        Regex("```kotlin\n(.*?)```", RegexOption.DOT_MATCHES_ALL)
            .findAll(page.readText())
            .map { unindented(it.groupValues[1]) }
            .toList()

    private fun unindented(text: String): String = text.lines().joinToString("\n") { it.trim() }
}
