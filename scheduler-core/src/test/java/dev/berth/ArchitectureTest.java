package dev.berth;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between core's packages, and what core may know of the world. */
@AnalyzeClasses(packages = "dev.berth", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule ARROWS_RUN_ONE_WAY = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("Scheduler")
            .definedBy("dev.berth")
            .layer("queue")
            .definedBy("dev.berth.queue..")
            .layer("placement")
            .definedBy("dev.berth.placement..")
            .layer("ledger")
            .definedBy("dev.berth.ledger..")
            .layer("cluster")
            .definedBy("dev.berth.cluster..")
            .layer("waste")
            .definedBy("dev.berth.waste..")
            .whereLayer("Scheduler")
            .mayOnlyAccessLayers("queue", "placement", "ledger", "cluster")
            .whereLayer("queue")
            .mayOnlyAccessLayers("placement", "ledger", "cluster")
            .whereLayer("placement")
            .mayOnlyAccessLayers("ledger", "cluster")
            .whereLayer("ledger")
            .mayOnlyAccessLayers("cluster")
            .whereLayer("cluster")
            .mayNotAccessAnyLayer()
            .whereLayer("waste")
            .mayOnlyAccessLayers("ledger", "cluster")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule EVERY_CLASS_STANDS_IN_A_KNOWN_PACKAGE = classes()
            .should()
            .resideInAnyPackage(
                    "dev.berth",
                    "dev.berth.queue..",
                    "dev.berth.placement..",
                    "dev.berth.ledger..",
                    "dev.berth.cluster..",
                    "dev.berth.waste..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule CORE_KNOWS_ALMOST_NOTHING = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "dev.berth..",
                    "org.slf4j..",
                    "org.jctools..",
                    "com.carrotsearch.hppc..",
                    "org.jspecify..")
            .because("core is embedded in other people's processes, and knows no host and no file format")
            .allowEmptyShould(true);
}
