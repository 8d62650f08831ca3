package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Linearizability of the operations on nodes, by Lincheck: model checking explores interleavings of the accesses to shared
 * memory (sequentially consistent ones), stress runs them on real cores. The sequential specification is {@link
 * LedgerOracle}. Sizes: see {@link LincheckSizes}.
 */
final class LedgerLincheckTest {
    private static final int THREADS_AT_MOST = 8;

    /** Versions, free GPUs and number of claims of both nodes, from a snapshot of one moment. */
    static String atOneMoment(Ledger ledger) {
        LedgerSnapshot snapshot = ledger.snapshot();
        while (!snapshot.pointInTime()) {
            snapshot = ledger.snapshot();
        }
        NodeReading reading = new NodeReading();
        StringBuilder all = new StringBuilder();
        for (int node = 0; node < 2; node++) {
            snapshot.read(node, reading);
            all.append(reading.version())
                    .append(' ')
                    .append(reading.freeGpuMask())
                    .append(' ');
        }
        return all.append(snapshot.claimCount()).toString();
    }

    /** Two GPUs on each of two nodes: few enough that operations meet. */
    static Cluster cluster() {
        return Cluster.builder()
                .add(NodeSpec.named("a")
                        .gpus("T4", 2, 15360)
                        .cpuMilli(40)
                        .memoryMib(40)
                        .build())
                .add(NodeSpec.named("b")
                        .gpus("T4", 2, 15360)
                        .cpuMilli(40)
                        .memoryMib(40)
                        .build())
                .build();
    }

    @Test
    void nodeOperationsAreLinearizableInTheModel() {
        check(LincheckSizes.modelChecking(), OnTheLedger.class);
    }

    @Test
    void nodeOperationsAreLinearizableUnderStress() {
        check(LincheckSizes.stress(), OnTheLedger.class);
    }

    @Test
    void threeThreadsAreLinearizableInTheModel() {
        check(LincheckSizes.modelChecking().threads(3).actorsPerThread(2).actorsBefore(1), OnTheLedger.class);
    }

    private static void check(Options<?, ?> options, Class<?> test) {
        options.sequentialSpecification(OnTheOracle.class).check(test);
    }

    /** The operations; what they say must not depend on the values of handles, which differ from run to run. */
    @Param(name = "thread", gen = ThreadIdGen.class)
    @Param(name = "node", gen = IntGen.class, conf = "0:1")
    @Param(name = "gpu", gen = IntGen.class, conf = "0:1")
    @Param(name = "mask", gen = IntGen.class, conf = "1:3")
    @Param(name = "version", gen = IntGen.class, conf = "0:3")
    public static final class OnTheLedger {
        private final Ledger ledger = Ledger.of(cluster(), 64);
        private final long[] last = new long[THREADS_AT_MOST];
        private final long whole = ledger.claim(0, new ClaimSpec().whole(1).cpuMilli(10), Ledger.ANY_VERSION);
        private final long share = ledger.claim(1, new ClaimSpec().share(0, 300).memoryMib(10), Ledger.ANY_VERSION);

        @Operation
        public long claimWhole(
                @Param(name = "thread") int thread, @Param(name = "node") int node, @Param(name = "mask") int mask) {
            return keep(thread, ledger.claim(node, new ClaimSpec().whole(mask).cpuMilli(10), Ledger.ANY_VERSION));
        }

        @Operation
        public long claimShare(
                @Param(name = "thread") int thread, @Param(name = "node") int node, @Param(name = "gpu") int gpu) {
            return keep(
                    thread, ledger.claim(node, new ClaimSpec().share(gpu, 400).memoryMib(10), Ledger.ANY_VERSION));
        }

        @Operation
        public long claimOnVersion(
                @Param(name = "thread") int thread,
                @Param(name = "node") int node,
                @Param(name = "version") int version) {
            return keep(thread, ledger.claim(node, new ClaimSpec().share(1, 200), version));
        }

        @Operation
        public long adopt(
                @Param(name = "thread") int thread, @Param(name = "node") int node, @Param(name = "mask") int mask) {
            return keep(thread, ledger.adopt(node, new ClaimSpec().whole(mask)));
        }

        @Operation
        public boolean releaseOwn(@Param(name = "thread") int thread) {
            return ledger.release(last[thread]);
        }

        @Operation
        public boolean releaseWhole() {
            return ledger.release(whole);
        }

        @Operation
        public boolean releaseShare() {
            return ledger.release(share);
        }

        @Operation
        public String claimOfWhole() {
            ClaimSpec held = new ClaimSpec();
            return ledger.claimOf(whole, held) ? LedgerOps.text(held) : "nothing";
        }

        @Operation
        public boolean isLiveShare() {
            return ledger.isLive(share);
        }

        @Operation
        public boolean setState(@Param(name = "node") int node, boolean ready) {
            return ledger.setState(node, ready ? NodeState.READY : NodeState.DRAINING);
        }

        @Operation
        public String read(@Param(name = "node") int node) {
            NodeReading reading = new NodeReading();
            ledger.read(node, reading);
            return reading.version() + " " + reading.state() + " " + NodeFigures.of(ledger.cluster(), node, reading);
        }

        /** Both nodes at one moment. */
        @Operation
        public String readAll() {
            return atOneMoment(ledger);
        }

        private long keep(int thread, long answer) {
            if (answer > 0) {
                last[thread] = answer;
            }
            return Math.min(answer, 1);
        }

        @Validate
        public void nothingIsLostOrHeldTwice() {
            LedgerInvariants.check(ledger);
        }
    }

    /** The same on the oracle, which has to be told the handles. */
    public static final class OnTheOracle {
        private static final long WHOLE = 1;
        private static final long SHARE = 2;

        private final Cluster cluster = cluster();
        private final LedgerOracle oracle = new LedgerOracle(cluster, 64);
        private final long[] last = new long[THREADS_AT_MOST];
        private long next = 3;

        public OnTheOracle() {
            oracle.add(WHOLE, 0, new ClaimSpec().whole(1).cpuMilli(10));
            oracle.add(SHARE, 1, new ClaimSpec().share(0, 300).memoryMib(10));
        }

        public long claimWhole(int thread, int node, int mask) {
            return claim(thread, node, new ClaimSpec().whole(mask).cpuMilli(10), Ledger.ANY_VERSION);
        }

        public long claimShare(int thread, int node, int gpu) {
            return claim(thread, node, new ClaimSpec().share(gpu, 400).memoryMib(10), Ledger.ANY_VERSION);
        }

        public long claimOnVersion(int thread, int node, int version) {
            return claim(thread, node, new ClaimSpec().share(1, 200), version);
        }

        private long claim(int thread, int node, ClaimSpec spec, long version) {
            long answer = oracle.answerToClaim(node, spec, version);
            if (answer > 0) {
                add(thread, node, spec);
            }
            return answer;
        }

        private void add(int thread, int node, ClaimSpec spec) {
            last[thread] = next++;
            oracle.add(last[thread], node, spec);
        }

        public long adopt(int thread, int node, int mask) {
            add(thread, node, new ClaimSpec().whole(mask));
            return 1;
        }

        public boolean releaseOwn(int thread) {
            return oracle.release(last[thread]);
        }

        public boolean releaseWhole() {
            return oracle.release(WHOLE);
        }

        public boolean releaseShare() {
            return oracle.release(SHARE);
        }

        public String claimOfWhole() {
            return oracle.handles().contains(WHOLE) ? LedgerOps.text(oracle.claim(WHOLE)) : "nothing";
        }

        public boolean isLiveShare() {
            return oracle.handles().contains(SHARE);
        }

        public boolean setState(int node, boolean ready) {
            return oracle.setState(node, ready ? NodeState.READY : NodeState.DRAINING);
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

        public String read(int node) {
            return oracle.version(node) + " " + oracle.state(node) + " "
                    + NodeFigures.of(cluster, node, oracle.claims(node));
        }
    }
}
