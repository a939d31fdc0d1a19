package org.djlsparse.it.kotlin

import ai.djl.ndarray.types.DataType
import ai.djl.nn.Parameter
import org.assertj.core.api.Assertions.assertThat
import org.djlsparse.Sparsifier
import org.djlsparse.convert.AdaPrune
import org.djlsparse.convert.CalibrationMode
import org.djlsparse.convert.MaskScore
import org.djlsparse.convert.PatternChooser
import org.djlsparse.convert.ReconstructionMethod
import org.djlsparse.kernel.KernelChooser
import org.djlsparse.kernel.LinearKernel
import org.djlsparse.kotlin.AdaPruneScope
import org.djlsparse.kotlin.LayersScope
import org.djlsparse.kotlin.PolicyScope
import org.djlsparse.kotlin.ScheduleScope
import org.djlsparse.kotlin.SparsifierScope
import org.djlsparse.kotlin.adaPrune
import org.djlsparse.kotlin.layerPolicy
import org.djlsparse.kotlin.layerSelector
import org.djlsparse.kotlin.maskSchedule
import org.djlsparse.kotlin.of
import org.djlsparse.kotlin.sparsifier
import org.djlsparse.layer.LayerPolicy
import org.djlsparse.layer.LayerSelector
import org.djlsparse.mask.MaskSolver
import org.djlsparse.mask.NmPattern
import org.djlsparse.training.BackgroundRefresh
import org.djlsparse.training.GradientFlow
import org.djlsparse.training.GradientRule
import org.djlsparse.training.MaskAction
import org.djlsparse.training.MaskSchedule
import org.djlsparse.training.TrainingPoint
import org.djlsparse.training.WeightGradient
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Each setting of the DSL makes what Java's builder makes. */
internal class SettingsTest {

    @TestFactory
    fun `of a Sparsifier`(): List<DynamicTest> =
        listOf(
            sparsifierCase("none", {}, { this }),
            sparsifierCase(
                "solver",
                { solver = MaskSolver.greedy() },
                { optSolver(MaskSolver.greedy()) },
            ),
            sparsifierCase(
                "schedule",
                { schedule = MaskSchedule.once() },
                { optSchedule(MaskSchedule.once()) },
            ),
            sparsifierCase(
                "schedule block",
                { schedule { everyEpoch() } },
                { optSchedule(MaskSchedule.everyEpoch()) },
            ),
            sparsifierCase("masked", { rule = masked() }, { optRule(GradientRule.masked()) }),
            sparsifierCase(
                "straight through",
                { rule = straightThrough() },
                { optRule(GradientRule.straightThrough()) },
            ),
            sparsifierCase(
                "SR-STE",
                { rule = srSte(2e-4f) },
                { optRule(GradientRule.srSte(2e-4f)) },
            ),
            sparsifierCase(
                "masked decay",
                { rule = maskedDecay(6e-5f) },
                { optRule(GradientRule.maskedDecay(6e-5f)) },
            ),
            sparsifierCase(
                "tuned decay",
                { rule = maskedDecay() },
                { optRule(GradientRule.maskedDecay()) },
            ),
            sparsifierCase(
                "own rule",
                { rule("own", GradientFlow.MASKED) { addDecay(1f) } },
                { optRule(GradientRule.of("own", GradientFlow.MASKED) { it.addDecay(1f) }) },
            ),
            sparsifierCase(
                "layers",
                { layers = LayerSelector.named("w") },
                { optLayers(LayerSelector.named("w")) },
            ),
            sparsifierCase(
                "layers block",
                { layers { include("a.*") } },
                { optLayers(LayerSelector.matching("a.*")) },
            ),
            sparsifierCase(
                "policy",
                { policy = LayerPolicy.builder().optDenseFirstAndLast(true).build() },
                { optPolicy(LayerPolicy.builder().optDenseFirstAndLast(true).build()) },
            ),
            sparsifierCase(
                "policy block",
                { policy { denseFirstAndLast() } },
                { optPolicy(LayerPolicy.builder().optDenseFirstAndLast(true).build()) },
            ),
            sparsifierCase(
                "background",
                { background = BackgroundRefresh.after(3) },
                { optBackground(BackgroundRefresh.after(3)) },
            ),
            sparsifierCase(
                "background after",
                { background { after(3) } },
                { optBackground(BackgroundRefresh.after(3)) },
            ),
            sparsifierCase(
                "background within",
                { background { within(3) } },
                { optBackground(BackgroundRefresh.within(3)) },
            ),
            sparsifierCase(
                "kernel",
                { kernel = LinearKernel.packed() },
                { optKernel(LinearKernel.packed()) },
            ),
            sparsifierCase(
                "kernels",
                { kernelChooser = fastest(DataType.BFLOAT16) },
                { optKernelChooser(KernelChooser.fastest(DataType.BFLOAT16)) },
            ),
            sparsifierCase(
                "kernels in the layers' own types",
                { kernelChooser = fastest() },
                { optKernelChooser(KernelChooser.fastest()) },
            ),
            sparsifierCase(
                "kernels after kernel",
                {
                    kernel = LinearKernel.packed()
                    kernelChooser = fastest(DataType.FLOAT16)
                },
                { optKernelChooser(KernelChooser.fastest(DataType.FLOAT16)) },
            ),
            sparsifierCase(
                "kernel after kernels",
                {
                    kernelChooser = fastest(DataType.FLOAT16)
                    kernel = LinearKernel.packed()
                },
                { optKernel(LinearKernel.packed()) },
            ),
            sparsifierCase(
                "no kernel after all",
                {
                    kernel = LinearKernel.packed()
                    kernel = null
                },
                { this },
            ),
            sparsifierCase(
                "weightGradient",
                {
                    kernel = LinearKernel.packed()
                    weightGradient = sampled(7)
                },
                { optKernel(LinearKernel.packed()).optWeightGradient(WeightGradient.sampled(7)) },
            ),
            sparsifierCase(
                "exact weightGradient",
                { weightGradient = WeightGradient.exact() },
                { optWeightGradient(WeightGradient.exact()) },
            ),
        )

    @TestFactory
    fun `of layers`(): List<DynamicTest> =
        listOf(
            layersCase("none", {}, { this }),
            layersCase("named", { named("a", "b") }, { addName("a").addName("b") }),
            layersCase(
                "include",
                { include("a.*", "b.*") },
                { addInclude("a.*").addInclude("b.*") },
            ),
            layersCase(
                "exclude",
                { exclude("a.*", "b.*") },
                { addExclude("a.*").addExclude("b.*") },
            ),
            layersCase(
                "types",
                { types(Parameter.Type.WEIGHT, Parameter.Type.OTHER) },
                { optTypes(Parameter.Type.WEIGHT, Parameter.Type.OTHER) },
            ),
            layersCase("minSize", { minSize = 4096 }, { optMinSize(4096) }),
            layersCase("frozen", { frozen = true }, { optFrozen(true) }),
            layersCase("where", { where { _, _ -> true } }, { optPredicate { _, _ -> true } }),
        )

    @Test
    fun `the predicate gets name and parameter`() {
        val seen = mutableListOf<String>()
        TwinModel.create().use { model ->
            val sparsifier = sparsifier {
                pattern = 2 of 4
                layers {
                    where { name, parameter ->
                        seen += "$name ${parameter.type}"
                        name.startsWith("03")
                    }
                }
            }
            sparsifier.wrap(model.block)

            val masked = sparsifier.report().layers.filter { it.isChosen }.map { it.name }
            assertThat(masked).containsExactly("03Linear_weight")
            assertThat(seen).contains("01Linear_weight WEIGHT", "04Linear_weight WEIGHT")
        }
    }

    @TestFactory
    fun `of a policy`(): List<DynamicTest> {
        val weights = LayerSelector.named("w")
        return listOf(
            policyCase("none", {}, { this }),
            policyCase("dense", { dense("w") }, { addDense(LayerSelector.matching("w")) }),
            policyCase("dense selector", { dense(weights) }, { addDense(weights) }),
            policyCase(
                "first and last dense",
                { denseFirstAndLast() },
                { optDenseFirstAndLast(true) },
            ),
            policyCase(
                "pattern",
                { layers("w") { pattern = 4 of 8 } },
                { add(LayerSelector.matching("w"), 4 of 8) },
            ),
            policyCase(
                "pattern, selector",
                { layers(weights) { pattern = 4 of 8 } },
                { add(weights, 4 of 8) },
            ),
            policyCase(
                "pattern and solver",
                {
                    layers(weights) {
                        pattern = 4 of 8
                        solver = MaskSolver.swap()
                    }
                },
                { add(weights, 4 of 8, MaskSolver.swap()) },
            ),
            policyCase(
                "pattern and rule",
                {
                    layers(weights) {
                        pattern = 4 of 8
                        rule = srSte(1e-3f)
                    }
                },
                { add(weights, 4 of 8, GradientRule.srSte(1e-3f)) },
            ),
            policyCase(
                "pattern, solver and rule",
                {
                    layers(weights) {
                        pattern = 4 of 8
                        solver = MaskSolver.swap()
                        rule = masked()
                    }
                },
                { add(weights, 4 of 8, MaskSolver.swap(), GradientRule.masked()) },
            ),
            policyCase(
                "two entries",
                {
                    layers(weights) { pattern = 1 of 4 }
                    dense("v")
                },
                { add(weights, 1 of 4).addDense(LayerSelector.matching("v")) },
            ),
        )
    }

    @TestFactory
    fun `of a schedule`(): List<DynamicTest> =
        listOf(
            scheduleCase("once", { once() }, MaskSchedule.once()),
            scheduleCase("every", { every(40) }, MaskSchedule.every(40)),
            scheduleCase("every epoch", { everyEpoch() }, MaskSchedule.everyEpoch()),
            scheduleCase("growing", { growing(10, 2.0, 80) }, MaskSchedule.growing(10, 2.0, 80)),
            scheduleCase("off", { off() }, MaskSchedule.off()),
            scheduleCase(
                "warm-up before what it changes",
                {
                    warmUp(500)
                    every(40)
                    denseFrom(20_000)
                },
                MaskSchedule.every(40).warmUp(500).denseFrom(20_000),
            ),
            scheduleCase(
                "warm-up",
                {
                    every(4)
                    warmUp(6)
                },
                MaskSchedule.every(4).warmUp(6),
            ),
            scheduleCase(
                "warm-up epochs",
                {
                    every(4)
                    warmUpEpochs(1)
                },
                MaskSchedule.every(4).warmUpEpochs(1),
            ),
            scheduleCase(
                "stop",
                {
                    every(4)
                    keepFrom(9)
                },
                MaskSchedule.every(4).keepFrom(9),
            ),
            scheduleCase(
                "stop epoch",
                {
                    every(4)
                    keepFromEpoch(1)
                },
                MaskSchedule.every(4).keepFromEpoch(1),
            ),
            scheduleCase(
                "dense epoch",
                {
                    every(4)
                    denseFromEpoch(1)
                },
                MaskSchedule.every(4).denseFromEpoch(1),
            ),
            scheduleCase(
                "the order of changes counts",
                {
                    keepFrom(5)
                    every(2)
                    warmUp(6)
                },
                MaskSchedule.every(2).keepFrom(5).warmUp(6),
            ),
        )

    @Test
    fun `of a schedule, a lambda`() {
        val schedule = maskSchedule {
            custom { if (it.step % 3 == 1L) MaskAction.REFRESH else MaskAction.KEEP }
            warmUp(2)
        }

        assertThat(points(2).take(7).map(schedule::at))
            .containsExactly(
                MaskAction.DENSE,
                MaskAction.WATCH,
                MaskAction.KEEP,
                MaskAction.REFRESH,
                MaskAction.KEEP,
                MaskAction.KEEP,
                MaskAction.REFRESH,
            )
    }

    @TestFactory
    fun `of an AdaPrune`(): List<DynamicTest> =
        listOf(
            adaPruneCase("pattern", { pattern = 2 of 4 }, { setPattern(2 of 4) }),
            adaPruneCase(
                "pattern chooser",
                { patternChooser = PatternChooser(8, 0.9) },
                { setPatternChooser(PatternChooser(8, 0.9)) },
            ),
            adaPruneCase(
                "policy",
                {
                    pattern = 2 of 4
                    policy {
                        layers("w") { pattern = 4 of 8 }
                        layers(LayerSelector.all()) { pattern = 1 of 4 }
                    }
                },
                {
                    setPattern(2 of 4)
                        .optPolicy(
                            LayerPolicy.builder()
                                .add(LayerSelector.matching("w"), 4 of 8)
                                .add(LayerSelector.all(), 1 of 4)
                                .build()
                        )
                },
            ),
            adaPruneCase(
                "score",
                {
                    pattern = 2 of 4
                    score = MaskScore.OBS
                },
                { setPattern(2 of 4).optScore(MaskScore.OBS) },
            ),
            adaPruneCase(
                "mode",
                {
                    pattern = 2 of 4
                    mode = CalibrationMode.PARALLEL
                },
                { setPattern(2 of 4).optMode(CalibrationMode.PARALLEL) },
            ),
            adaPruneCase(
                "mask only",
                {
                    pattern = 2 of 4
                    method = maskOnly()
                },
                { setPattern(2 of 4).optMethod(ReconstructionMethod.maskOnly()) },
            ),
        )

    @Test
    fun `methods of an AdaPrune`() {
        val methods = mutableListOf<ReconstructionMethod>()
        adaPrune {
            pattern = 2 of 4
            methods += closedForm()
            methods += closedForm(0.5)
            methods += adam()
            methods += adam(10, 20, 0.1, 0.2)
            methods += maskOnly()
            method = methods.last()
        }

        assertThat(methods)
            .containsExactly(
                ReconstructionMethod.closedForm(),
                ReconstructionMethod.closedForm(0.5),
                ReconstructionMethod.adam(),
                ReconstructionMethod.adam(10, 20, 0.1, 0.2),
                ReconstructionMethod.maskOnly(),
            )
    }

    private fun sparsifierCase(
        name: String,
        dsl: SparsifierScope.() -> Unit,
        java: Sparsifier.Builder.() -> Sparsifier.Builder,
    ): DynamicTest =
        dynamicTest(name) {
            val expected = Sparsifier.builder().setPattern(NmPattern.of(2, 4)).java().build()
            val made = sparsifier {
                pattern = 2 of 4
                dsl()
            }
            assertThat(made).hasToString(expected.toString())
        }

    private fun layersCase(
        name: String,
        dsl: LayersScope.() -> Unit,
        java: LayerSelector.Builder.() -> LayerSelector.Builder,
    ): DynamicTest =
        dynamicTest(name) {
            assertThat(layerSelector(dsl))
                .hasToString(LayerSelector.builder().java().build().toString())
        }

    private fun policyCase(
        name: String,
        dsl: PolicyScope.() -> Unit,
        java: LayerPolicy.Builder.() -> LayerPolicy.Builder,
    ): DynamicTest =
        dynamicTest(name) {
            assertThat(layerPolicy(dsl))
                .hasToString(LayerPolicy.builder().java().build().toString())
        }

    private fun scheduleCase(
        name: String,
        dsl: ScheduleScope.() -> Unit,
        java: MaskSchedule,
    ): DynamicTest =
        dynamicTest(name) {
            val made = maskSchedule(dsl)
            assertThat(made).hasToString(java.toString())
            assertThat(points(12).map(made::at)).isEqualTo(points(12).map(java::at))
        }

    private fun adaPruneCase(
        name: String,
        dsl: AdaPruneScope.() -> Unit,
        java: AdaPrune.Builder.() -> AdaPrune.Builder,
    ): DynamicTest =
        dynamicTest(name) {
            assertThat(adaPrune(dsl)).hasToString(AdaPrune.builder().java().build().toString())
        }

    /** The first steps of three epochs. */
    private fun points(stepsInEpoch: Long): List<TrainingPoint> =
        (0 until 3 * stepsInEpoch + 1).map {
            TrainingPoint(it, it / stepsInEpoch, it % stepsInEpoch)
        }
}
