package org.djlsparse.it.kotlin

import ai.djl.ndarray.types.DataType
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatIllegalArgumentException
import org.djlsparse.Sparsifier
import org.djlsparse.convert.AdaPrune
import org.djlsparse.convert.ReconstructionMethod
import org.djlsparse.kernel.KernelChooser
import org.djlsparse.kotlin.AdaPruneScope
import org.djlsparse.kotlin.SparsifierScope
import org.djlsparse.kotlin.adaPrune
import org.djlsparse.kotlin.layerPolicy
import org.djlsparse.kotlin.maskSchedule
import org.djlsparse.kotlin.of
import org.djlsparse.kotlin.sparsifier
import org.djlsparse.layer.LayerSelector
import org.djlsparse.mask.MaskSolver
import org.djlsparse.mask.NmPattern
import org.djlsparse.training.BackgroundRefresh
import org.djlsparse.training.GradientRule
import org.djlsparse.training.MaskSchedule
import org.djlsparse.training.WeightGradient
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** A wrong value is told in the words of Java's builders. */
internal class ErrorsTest {

    @TestFactory
    fun `as in Java`(): List<DynamicTest> =
        listOf(
            case("pattern", { pattern = 5 of 4 }, { NmPattern.of(5, 4) }),
            case("no pattern", {}, { Sparsifier.builder().build() }),
            case(
                "solver",
                {
                    pattern = 4 of 8
                    solver = MaskSolver.enumeration()
                },
                {
                    Sparsifier.builder()
                        .setPattern(4 of 8)
                        .optSolver(MaskSolver.enumeration())
                        .build()
                },
            ),
            case("lambda", { rule = srSte(-1f) }, { GradientRule.srSte(-1f) }),
            case(
                "minSize",
                { layers { minSize = -1 } },
                { LayerSelector.builder().optMinSize(-1) },
            ),
            case("regex", { layers { exclude("(") } }, { LayerSelector.builder().addExclude("(") }),
            case("types", { layers { types() } }, { LayerSelector.builder().optTypes() }),
            case("policy", { policy { dense("(") } }, { LayerSelector.matching("(") }),
            case("every", { schedule { every(0) } }, { MaskSchedule.every(0) }),
            case(
                "warmUp",
                {
                    schedule {
                        every(4)
                        warmUp(-1)
                    }
                },
                { MaskSchedule.every(4).warmUp(-1) },
            ),
            case("background", { background { within(0) } }, { BackgroundRefresh.within(0) }),
            case(
                "kernels",
                { kernelChooser = fastest(DataType.FLOAT32) },
                { KernelChooser.fastest(DataType.FLOAT32) },
            ),
            case(
                "history",
                {
                    pattern = 2 of 4
                    history = -1
                },
                { Sparsifier.builder().setPattern(2 of 4).optHistory(-1).build() },
            ),
            case(
                "weightGradient without a kernel",
                {
                    pattern = 2 of 4
                    weightGradient = sampled(7)
                },
                {
                    Sparsifier.builder()
                        .setPattern(2 of 4)
                        .optWeightGradient(WeightGradient.sampled(7))
                        .build()
                },
            ),
            adaPruneCase("no pattern to convert", {}, { this }),
            adaPruneCase(
                "samples",
                {
                    pattern = 2 of 4
                    samples = 0
                },
                { setPattern(2 of 4).optSamples(0) },
            ),
            adaPruneCase(
                "sumBytes",
                {
                    pattern = 2 of 4
                    sumBytes = 0
                },
                { setPattern(2 of 4).optSumBytes(0) },
            ),
            adaPruneCase(
                "scratchBytes",
                {
                    pattern = 2 of 4
                    scratchBytes = 0
                },
                { setPattern(2 of 4).optScratchBytes(0) },
            ),
            adaPruneCase(
                "solver to convert",
                {
                    pattern = 4 of 8
                    solver = MaskSolver.enumeration()
                },
                { setPattern(4 of 8).optSolver(MaskSolver.enumeration()) },
            ),
            adaPruneCase(
                "damping",
                { method = closedForm(-1.0) },
                { optMethod(ReconstructionMethod.closedForm(-1.0)) },
            ),
        )

    @Test
    fun `a schedule says once when to refresh`() {
        assertThatIllegalArgumentException()
            .isThrownBy { maskSchedule { warmUp(500) } }
            .withMessage("schedule: must say when to refresh, such as every(40)")
        assertThatIllegalArgumentException()
            .isThrownBy {
                maskSchedule {
                    every(40)
                    everyEpoch()
                }
            }
            .withMessage(
                "schedule: \"every 40 steps\" and \"every epoch\" are both set: must be one"
            )
    }

    /** Such a line compiles, and does nothing. */
    @Test
    fun `what is made must be set`() {
        assertThatIllegalArgumentException()
            .isThrownBy {
                sparsifier {
                    pattern = 2 of 4
                    srSte(2e-4f)
                }
            }
            .withMessage("rule: sr-ste(2.0E-4) was created but not set; write rule = ...")
        assertThatIllegalArgumentException()
            .isThrownBy {
                sparsifier {
                    pattern = 2 of 4
                    fastest(DataType.BFLOAT16)
                }
            }
            .withMessageStartingWith("kernelChooser: fastest in bfloat16 was created but not set")
        assertThatIllegalArgumentException()
            .isThrownBy {
                sparsifier {
                    pattern = 2 of 4
                    fastest()
                }
            }
            .withMessage(
                "kernelChooser: fastest was created but not set; write kernelChooser = ..."
            )
        assertThatIllegalArgumentException()
            .isThrownBy {
                sparsifier {
                    pattern = 2 of 4
                    sampled(7)
                }
            }
            .withMessage(
                "weightGradient: sampled(7) was created but not set; write weightGradient = ..."
            )
        assertThatIllegalArgumentException()
            .isThrownBy {
                layerPolicy {
                    layers("w") {
                        pattern = 2 of 4
                        masked()
                    }
                }
            }
            .withMessage("rule: masked was created but not set; write rule = ...")
        assertThatIllegalArgumentException()
            .isThrownBy {
                adaPrune {
                    pattern = 2 of 4
                    maskOnly()
                }
            }
            .withMessage("method: mask only was created but not set; write method = ...")
    }

    @Test
    fun `layers of a policy have a pattern`() {
        assertThatIllegalArgumentException()
            .isThrownBy { layerPolicy { layers("w") { solver = MaskSolver.auto() } } }
            .withMessage(
                "LayerSelector(types=[WEIGHT], includes=[w]): pattern: must be set, such as 2 of 4"
            )
    }

    private fun case(name: String, dsl: SparsifierScope.() -> Unit, java: () -> Unit): DynamicTest =
        dynamicTest(name) { assertSameError({ sparsifier(dsl) }, java) }

    private fun adaPruneCase(
        name: String,
        dsl: AdaPruneScope.() -> Unit,
        java: AdaPrune.Builder.() -> AdaPrune.Builder,
    ): DynamicTest =
        dynamicTest(name) {
            assertSameError({ adaPrune(dsl) }, { AdaPrune.builder().java().build() })
        }

    private fun assertSameError(kotlin: () -> Unit, java: () -> Unit) {
        val expected = runCatching(java).exceptionOrNull()
        assertThat(expected).isInstanceOf(IllegalArgumentException::class.java)
        assertThatIllegalArgumentException().isThrownBy(kotlin).withMessage(expected!!.message)
    }
}
