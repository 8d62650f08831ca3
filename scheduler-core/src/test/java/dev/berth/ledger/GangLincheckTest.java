package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Linearizability of gang claims beside claims, releases, drains and reads, as {@link LedgerLincheckTest} does for those. Every answer
 * counts, refusals and versions included: a gang that is refused must not have been seen by anyone.
 */
final class GangLincheckTest {
    private static final int THREADS_AT_MOST = 8;

    @Test
    void gangsAreLinearizableInTheModel() {
        check(LincheckSizes.modelChecking());
    }

    @Test
    void gangsAreLinearizableUnderStress() {
        check(LincheckSizes.stress());
    }

    @Test
    void gangsOfThreeThreadsAreLinearizableInTheModel() {
        check(LincheckSizes.threeThreads());
    }

    private static void check(Options<?, ?> options) {
        options.sequentialSpecification(OnTheOracle.class).check(OnTheLedger.class);
    }

    /** A task on node a, one on node b, and one more on node a that needs no GPU; added in the order that takes longest. */
    private static GangClaim gang(int maskOnA, int maskOnB, int versionOfB) {
        return new GangClaim()
                .add(1, versionOfB, new ClaimSpec().whole(maskOnB).cpuMilli(5))
                .add(0, Ledger.ANY_VERSION, new ClaimSpec().whole(maskOnA).cpuMilli(5))
                .add(0, Ledger.ANY_VERSION, new ClaimSpec().cpuMilli(15));
    }

    /** The operations; what they say must not depend on the values of handles, which differ from run to run. */
    @Param(name = "thread", gen = ThreadIdGen.class)
    @Param(name = "node", gen = IntGen.class, conf = "0:1")
    @Param(name = "mask", gen = IntGen.class, conf = "1:3")
    @Param(name = "one", gen = IntGen.class, conf = "1:2")
    @Param(name = "version", gen = IntGen.class, conf = "-1:2")
    public static final class OnTheLedger {
        private final Ledger ledger = Ledger.of(LedgerLincheckTest.cluster(), 64);
        private final long[][] last = new long[THREADS_AT_MOST][3];

        @Operation
        public long claimGang(
                @Param(name = "thread") int thread,
                @Param(name = "one") int maskOnA,
                @Param(name = "one") int maskOnB,
                @Param(name = "version") int version) {
            GangClaim gang = gang(maskOnA, maskOnB, version);
            long answer = ledger.claim(gang);
            if (answer == 0) {
                for (int task = 0; task < 3; task++) {
                    last[thread][task] = gang.handle(task);
                }
            }
            return answer;
        }

        @Operation
        public long claimWhole(@Param(name = "node") int node, @Param(name = "mask") int mask) {
            return Math.min(ledger.claim(node, new ClaimSpec().whole(mask).cpuMilli(5), Ledger.ANY_VERSION), 1);
        }

        @Operation
        public String releaseOfOwnGang(@Param(name = "thread") int thread, @Param(name = "node") int task) {
            ClaimSpec held = new ClaimSpec();
            return ledger.release(last[thread][task], held) ? LedgerOps.text(held) : "nothing";
        }

        @Operation
        public boolean drain(@Param(name = "node") int node, boolean back) {
            return ledger.setState(node, back ? NodeState.READY : NodeState.DRAINING);
        }

        @Operation
        public String read(@Param(name = "node") int node) {
            NodeReading reading = new NodeReading();
            ledger.read(node, reading);
            return reading.version() + " " + reading.state() + " " + NodeFigures.of(ledger.cluster(), node, reading);
        }

        @Operation
        public int freeGpuMask(@Param(name = "node") int node) {
            return ledger.freeGpuMask(node);
        }

        @Operation
        public long version(@Param(name = "node") int node) {
            return ledger.version(node);
        }

        /** Both nodes at one moment. */
        @Operation
        public String readAll() {
            return LedgerLincheckTest.atOneMoment(ledger);
        }

        @Validate
        public void nothingIsLostOrHeldTwice() {
            LedgerInvariants.check(ledger);
        }
    }

    /** The same on the oracle, which has to be told the handles. */
    public static final class OnTheOracle {
        private final Cluster cluster = LedgerLincheckTest.cluster();
        private final LedgerOracle oracle = new LedgerOracle(cluster, 64);
        private final long[][] last = new long[THREADS_AT_MOST][3];
        private long next = 1;

        public long claimGang(int thread, int maskOnA, int maskOnB, int version) {
            GangClaim gang = gang(maskOnA, maskOnB, version);
            long answer = oracle.answerToGang(gang);
            if (answer == 0) {
                oracle.add(gang, task -> last[thread][task] = next++);
            }
            return answer;
        }

        public long claimWhole(int node, int mask) {
            ClaimSpec spec = new ClaimSpec().whole(mask).cpuMilli(5);
            long answer = oracle.answerToClaim(node, spec, Ledger.ANY_VERSION);
            if (answer > 0) {
                oracle.add(next++, node, spec);
            }
            return answer;
        }

        public String releaseOfOwnGang(int thread, int task) {
            long handle = last[thread][task];
            if (!oracle.handles().contains(handle)) {
                return "nothing";
            }
            String held = LedgerOps.text(oracle.claim(handle));
            oracle.release(handle);
            return held;
        }

        public boolean drain(int node, boolean back) {
            return oracle.setState(node, back ? NodeState.READY : NodeState.DRAINING);
        }

        public String read(int node) {
            return oracle.version(node) + " " + oracle.state(node) + " "
                    + NodeFigures.of(cluster, node, oracle.claims(node));
        }

        public int freeGpuMask(int node) {
            return oracle.state(node) == NodeState.READY
                    ? NodeFigures.of(cluster, node, oracle.claims(node)).freeGpuMask()
                    : 0;
        }

        public long version(int node) {
            return oracle.version(node);
        }

        public String readAll() {
            StringBuilder all = new StringBuilder();
            for (int node = 0; node < 2; node++) {
                NodeFigures figures = NodeFigures.of(cluster, node, oracle.claims(node));
                all.append(oracle.version(node))
                        .append(' ')
                        .append(figures.freeGpuMask())
                        .append(' ');
            }
            return all.append(oracle.handles().size()).toString();
        }
    }
}
