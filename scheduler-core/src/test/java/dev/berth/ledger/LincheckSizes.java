package dev.berth.ledger;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * How much Lincheck does: seconds by default, minutes with {@code -Dberth.full=true}, or as {@code berth.lincheck.iterations}
 * (scenarios) and {@code berth.lincheck.invocations} (interleavings of each) say.
 */
final class LincheckSizes {
    private static final boolean FULL = Boolean.getBoolean("berth.full");

    /** What only looks on, and what works on buffers and blocks that no other thread changes: not worth a switch of threads. */
    private static final String[] PRIVATE = {
        LedgerInvariants.class.getName(),
        NodeFigures.class.getName(),
        LedgerOps.class.getName(),
        BlockArithmetic.class.getName(),
        BlockArithmetic.Recount.class.getName(),
        BlockLayout.class.getName(),
        GangClaim.class.getName(),
        ClaimSpec.class.getName()
    };

    private LincheckSizes() {}

    static ModelCheckingOptions modelChecking() {
        return new ModelCheckingOptions()
                .iterations(Integer.getInteger("berth.lincheck.iterations", FULL ? 200 : 10))
                .invocationsPerIteration(Integer.getInteger("berth.lincheck.invocations", FULL ? 3000 : 120))
                .threads(2)
                .actorsBefore(1)
                .actorsPerThread(3)
                .actorsAfter(1)
                .addGuarantee(forClasses(PRIVATE).allMethods().ignore());
    }

    /** Three threads have many more interleavings, and each scenario takes longer. */
    static ModelCheckingOptions threeThreads() {
        ModelCheckingOptions options =
                modelChecking().threads(3).actorsPerThread(2).actorsBefore(0);
        return FULL
                ? options
                : options.iterations(Integer.getInteger("berth.lincheck.iterations", 6))
                        .invocationsPerIteration(Integer.getInteger("berth.lincheck.invocations", 60));
    }

    static StressOptions stress() {
        return new StressOptions()
                .iterations(Integer.getInteger("berth.lincheck.iterations", FULL ? 200 : 10))
                .invocationsPerIteration(Integer.getInteger("berth.lincheck.invocations", FULL ? 20_000 : 400))
                .threads(2)
                .actorsBefore(1)
                .actorsPerThread(4)
                .actorsAfter(1);
    }
}
