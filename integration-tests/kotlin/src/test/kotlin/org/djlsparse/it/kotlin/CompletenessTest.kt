package org.djlsparse.it.kotlin

import java.lang.reflect.Modifier
import kotlin.io.path.Path
import kotlin.io.path.readText
import org.assertj.core.api.Assertions.assertThat
import org.djlsparse.Sparsifier
import org.djlsparse.convert.AdaPrune
import org.djlsparse.convert.ReconstructionMethod
import org.djlsparse.kotlin.AdaPruneScope
import org.djlsparse.kotlin.BackgroundScope
import org.djlsparse.kotlin.LayersScope
import org.djlsparse.kotlin.PolicyLayersScope
import org.djlsparse.kotlin.PolicyScope
import org.djlsparse.kotlin.RecipeScope
import org.djlsparse.kotlin.ScheduleScope
import org.djlsparse.kotlin.SparsifierScope
import org.djlsparse.layer.LayerPolicy
import org.djlsparse.layer.LayerSelector
import org.djlsparse.training.BackgroundRefresh
import org.djlsparse.training.GradientRule
import org.djlsparse.training.MaskSchedule
import org.djlsparse.training.SparseRecipe
import org.junit.jupiter.api.Test

/** What is new in Java's builders must come into the DSL, too. */
internal class CompletenessTest {

    @Test
    fun `every setting of Java has a name in the DSL`() {
        assertHas<SparsifierScope>(settings<Sparsifier.Builder>())
        assertHas<AdaPruneScope>(settings<AdaPrune.Builder>("optCancel" to "cancelWhen"))
        assertHas<LayersScope>(
            settings<LayerSelector.Builder>("addName" to "named", "optPredicate" to "where")
        )
        assertHas<PolicyScope>(settings<LayerPolicy.Builder>("add" to "layers"))
        assertHas<RecipeScope>(settings<SparseRecipe.Builder>())
    }

    @Test
    fun `every choice of Java has a name in the DSL`() {
        assertHas<SparsifierScope>(factories<GradientRule>("of" to "rule"))
        assertHas<PolicyLayersScope>(factories<GradientRule>("of" to "rule"))
        assertHas<BackgroundScope>(factories<BackgroundRefresh>())
        assertHas<AdaPruneScope>(factories<ReconstructionMethod>())
        assertHas<ScheduleScope>(
            factories<MaskSchedule>() +
                MaskSchedule::class.java.methods.filter { it.isDefault }.map { it.name }
        )
    }

    @Test
    fun `compilers from the oldest version on that the guide names can read the DSL`() {
        val metadata = SparsifierScope::class.java.getAnnotation(Metadata::class.java)

        assertThat(metadata.metadataVersion).startsWith(2, 2)
        assertThat(Path("../../docs/kotlin.md").readText()).contains("Kotlin 2.2 or newer")
    }

    private inline fun <reified B> settings(vararg renamed: Pair<String, String>): List<String> =
        B::class
            .java
            .methods
            .filter { it.returnType == B::class.java }
            .map { method -> renamed.toMap()[method.name] ?: propertyName(method.name) }

    private inline fun <reified T> factories(vararg renamed: Pair<String, String>): List<String> =
        T::class
            .java
            .methods
            .filter { Modifier.isStatic(it.modifiers) && it.returnType == T::class.java }
            .map { method -> renamed.toMap()[method.name] ?: method.name }

    private inline fun <reified S> assertHas(names: List<String>) {
        assertThat(names).isNotEmpty()
        assertThat(S::class.java.methods.map { propertyName(it.name) }).containsAll(names)
    }

    private fun propertyName(method: String): String =
        method.replace(Regex("^(set|opt|add)(?=[A-Z])"), "").replaceFirstChar(Char::lowercase)
}
