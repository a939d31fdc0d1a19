package org.djlsparse;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;

import org.jspecify.annotations.NullMarked;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

/** The direction of the packages, and what each may use. */
@AnalyzeClasses(packages = "org.djlsparse", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule packagesDependInOneDirection =
            layeredArchitecture()
                    .consideringOnlyDependenciesInLayers()
                    .layer("kotlin")
                    .definedBy("org.djlsparse.kotlin..")
                    .layer("root")
                    .definedBy("org.djlsparse")
                    .layer("training")
                    .definedBy("org.djlsparse.training..")
                    .layer("convert")
                    .definedBy("org.djlsparse.convert..")
                    .layer("nn")
                    .definedBy("org.djlsparse.nn..")
                    .layer("io")
                    .definedBy("org.djlsparse.io..")
                    .layer("torch")
                    .definedBy("org.djlsparse.torch..")
                    .layer("cpu")
                    .definedBy("org.djlsparse.cpu..")
                    .layer("mask")
                    .definedBy("org.djlsparse.mask..")
                    .layer("text")
                    .definedBy("org.djlsparse.text..")
                    .whereLayer("kotlin")
                    .mayNotBeAccessedByAnyLayer()
                    .whereLayer("root")
                    .mayOnlyBeAccessedByLayers("kotlin")
                    .whereLayer("training")
                    .mayOnlyBeAccessedByLayers("kotlin", "root")
                    .whereLayer("convert")
                    .mayOnlyBeAccessedByLayers("kotlin", "root")
                    .whereLayer("nn")
                    .mayOnlyBeAccessedByLayers("kotlin", "root", "training", "convert")
                    .whereLayer("io")
                    .mayOnlyBeAccessedByLayers("root")
                    .whereLayer("torch")
                    .mayOnlyBeAccessedByLayers("kotlin", "root", "nn", "convert")
                    .whereLayer("cpu")
                    .mayOnlyBeAccessedByLayers("torch")
                    .whereLayer("mask")
                    .mayOnlyBeAccessedByLayers(
                            "kotlin", "root", "training", "convert", "nn", "io", "torch", "cpu")
                    .whereLayer("text")
                    .mayOnlyBeAccessedByLayers("root", "convert");

    @ArchTest
    static final ArchRule masksFilesAndTextKnowNoDjl =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "org.djlsparse.mask..",
                            "org.djlsparse.cpu..",
                            "org.djlsparse.io..",
                            "org.djlsparse.text..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("ai.djl..");

    @ArchTest
    static final ArchRule onlyTorchKnowsTheEngine =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("org.djlsparse.torch..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("ai.djl.pytorch..", "com.sun.jna..");

    @ArchTest
    static final ArchRule onlyOnePackageNeedsTheVectorApi =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("org.djlsparse.cpu.vector..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("jdk.incubator..", "org.djlsparse.cpu.vector..");

    @ArchTest
    static final ArchRule onlyTheDslNeedsKotlin =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("org.djlsparse.kotlin..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("kotlin..", "org.djlsparse.kotlin..");

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
