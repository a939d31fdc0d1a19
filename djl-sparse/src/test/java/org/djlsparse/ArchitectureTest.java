package org.djlsparse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;

import org.jspecify.annotations.NullMarked;

import java.util.ArrayList;
import java.util.List;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

/** Tests of the order of the packages, and of the libraries that each may use. */
@AnalyzeClasses(packages = "org.djlsparse", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    /** A public package and the internal ones behind it form one layer if they need each other. */
    @ArchTest
    static final ArchRule packagesDependInOneDirection =
            layeredArchitecture()
                    .consideringOnlyDependenciesInLayers()
                    .layer("kotlin")
                    .definedBy("org.djlsparse.kotlin..")
                    .layer("root")
                    .definedBy("org.djlsparse")
                    .layer("convert")
                    .definedBy("org.djlsparse.convert..", "org.djlsparse.internal.convert..")
                    .layer("listener")
                    .definedBy("org.djlsparse.internal.training..")
                    .layer("nn")
                    .definedBy("org.djlsparse.internal.nn..")
                    .layer("kernel")
                    .definedBy(
                            "org.djlsparse.kernel..",
                            "org.djlsparse.torch..",
                            "org.djlsparse.internal.torch..")
                    .layer("layer")
                    .definedBy("org.djlsparse.layer..")
                    .layer("training")
                    .definedBy("org.djlsparse.training..")
                    .layer("io")
                    .definedBy("org.djlsparse.io..")
                    .layer("cpu")
                    .definedBy("org.djlsparse.internal.cpu..")
                    .layer("mask")
                    .definedBy("org.djlsparse.mask..", "org.djlsparse.internal.mask..")
                    .layer("text")
                    .definedBy("org.djlsparse.internal.text..")
                    .whereLayer("kotlin")
                    .mayNotBeAccessedByAnyLayer()
                    .whereLayer("root")
                    .mayOnlyBeAccessedByLayers("kotlin")
                    .whereLayer("convert")
                    .mayOnlyBeAccessedByLayers("kotlin", "root")
                    .whereLayer("listener")
                    .mayOnlyBeAccessedByLayers("root")
                    .whereLayer("nn")
                    .mayOnlyBeAccessedByLayers("root", "convert", "listener")
                    .whereLayer("kernel")
                    .mayOnlyBeAccessedByLayers("kotlin", "root", "convert", "nn")
                    .whereLayer("layer")
                    .mayOnlyBeAccessedByLayers("kotlin", "root", "convert", "nn")
                    .whereLayer("training")
                    .mayOnlyBeAccessedByLayers(
                            "kotlin", "root", "convert", "listener", "nn", "layer")
                    .whereLayer("io")
                    .mayOnlyBeAccessedByLayers("root")
                    .whereLayer("cpu")
                    .mayOnlyBeAccessedByLayers("kernel")
                    .whereLayer("mask")
                    .mayOnlyBeAccessedByLayers(
                            "kotlin",
                            "root",
                            "convert",
                            "nn",
                            "kernel",
                            "layer",
                            "training",
                            "io",
                            "cpu")
                    .whereLayer("text")
                    .mayOnlyBeAccessedByLayers("root", "convert", "io", "kernel");

    /** Public types and members show no internal type. */
    @ArchTest
    static final ArchRule thePublicFaceShowsNoInternals =
            codeUnits()
                    .that()
                    .areDeclaredInClassesThat()
                    .resideOutsideOfPackage("org.djlsparse.internal..")
                    .and()
                    .areDeclaredInClassesThat()
                    .arePublic()
                    .and()
                    .arePublic()
                    .should(showNoInternals());

    private static ArchCondition<JavaCodeUnit> showNoInternals() {
        return new ArchCondition<>("show no internal type") {
            @Override
            public void check(JavaCodeUnit unit, ConditionEvents events) {
                List<JavaClass> shown = new ArrayList<>(unit.getRawParameterTypes());
                shown.add(unit.getRawReturnType());
                for (JavaClass type : shown) {
                    if (type.getPackageName().startsWith("org.djlsparse.internal")) {
                        events.add(
                                SimpleConditionEvent.violated(
                                        unit, unit.getFullName() + " shows " + type.getName()));
                    }
                }
            }
        };
    }

    @ArchTest
    static final ArchRule masksFilesAndTextKnowNoDjl =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "org.djlsparse.mask..",
                            "org.djlsparse.internal.mask..",
                            "org.djlsparse.internal.cpu..",
                            "org.djlsparse.io..",
                            "org.djlsparse.internal.text..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("ai.djl..");

    @ArchTest
    static final ArchRule onlyTorchKnowsTheEngine =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "org.djlsparse.torch..", "org.djlsparse.internal.torch..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("ai.djl.pytorch..", "com.sun.jna..");

    @ArchTest
    static final ArchRule onlyOnePackageNeedsTheVectorApi =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("org.djlsparse.internal.cpu.vector..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("jdk.incubator..", "org.djlsparse.internal.cpu.vector..");

    @ArchTest
    static final ArchRule onlyTheDslNeedsKotlin =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("org.djlsparse.kotlin..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("kotlin..", "org.djlsparse.kotlin..");

    @ArchTest
    static final ArchRule theLibraryNeedsNoCluster =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "org.apache.spark..",
                            "org.apache.hadoop..",
                            "scala..",
                            "org.djlsparse.spark..");

    @ArchTest
    static final ArchRule nothingStaticIsMutable =
            ArchRuleDefinition.fields()
                    .that()
                    .areStatic()
                    .and()
                    .doNotHaveModifier(JavaModifier.SYNTHETIC)
                    .should()
                    .beFinal();

    @ArchTest
    static final ArchRule packagesAreNullMarked =
            classes()
                    .that()
                    .haveSimpleName("package-info")
                    .should()
                    .beAnnotatedWith(NullMarked.class);
}
