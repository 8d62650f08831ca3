package dev.berth.planner;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the planner's packages. */
@AnalyzeClasses(packages = "dev.berth.planner", importOptions = ImportOption.DoNotIncludeTests.class)
class PlannerArchitectureTest {

    @ArchTest
    static final ArchRule ARROWS_RUN_ONE_WAY = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("root")
            .definedBy("dev.berth.planner")
            .layer("io")
            .definedBy("dev.berth.planner.io..")
            .layer("pack")
            .definedBy("dev.berth.planner.pack..")
            .layer("report")
            .definedBy("dev.berth.planner.report..")
            .layer("cli")
            .definedBy("dev.berth.planner.cli..")
            .layer("replay")
            .definedBy("dev.berth.planner.replay..")
            .layer("imports")
            .definedBy("dev.berth.planner.imports..")
            .whereLayer("root")
            .mayNotAccessAnyLayer()
            .whereLayer("io")
            .mayOnlyAccessLayers("root")
            .whereLayer("pack")
            .mayOnlyAccessLayers("io", "root")
            .whereLayer("report")
            .mayOnlyAccessLayers("pack", "io", "root")
            .whereLayer("cli")
            .mayOnlyAccessLayers("report", "pack", "io", "root")
            .whereLayer("replay")
            .mayOnlyAccessLayers("cli", "report", "pack", "io", "root")
            .whereLayer("imports")
            .mayOnlyAccessLayers("cli", "io", "root")
            .because("a subcommand is found by ServiceLoader, so the command knows none but its own");

    @ArchTest
    static final ArchRule EVERY_CLASS_STANDS_IN_A_KNOWN_PACKAGE = classes()
            .should()
            .resideInAnyPackage(
                    "dev.berth.planner",
                    "dev.berth.planner.io..",
                    "dev.berth.planner.pack..",
                    "dev.berth.planner.report..",
                    "dev.berth.planner.cli..",
                    "dev.berth.planner.replay..",
                    "dev.berth.planner.imports..");
}
