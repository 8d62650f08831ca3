package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.ledger.LedgerOps.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Laws of the ledger over random sequences of operations, each held against {@link LedgerOracle}. */
final class LedgerLaws {
    @Provide
    Arbitrary<List<Op>> operations() {
        Arbitrary<Integer> small = Arbitraries.integers().between(0, 99);
        return Combinators.combine(small, small, small, small, small)
                .as(Op::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(120);
    }

    @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
    void everyAnswerIsTheOracles(@ForAll("operations") List<Op> operations) {
        LedgerOps ops = new LedgerOps(LedgerOps.smallCluster());
        for (Op op : operations) {
            ops.apply(op);
        }
    }

    /** Gangs, releases and few others, so that gangs find room and nodes are seldom overcommitted. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void everyAnswerToGangsIsTheOracles(@ForAll("gangOperations") List<Op> operations) {
        LedgerOps ops = new LedgerOps(LedgerOps.smallCluster());
        for (int node = 0; node < ops.cluster().nodeCount(); node++) {
            ops.setState(node, NodeState.READY);
        }
        operations.forEach(ops::apply);
    }

    @Provide
    Arbitrary<List<Op>> gangOperations() {
        Arbitrary<Integer> small = Arbitraries.integers().between(0, 99);
        Arbitrary<Integer> what = Arbitraries.frequencyOf(
                Tuple.of(12, Arbitraries.integers().between(0, 11)),
                Tuple.of(9, Arbitraries.integers().between(65, 84)),
                Tuple.of(2, small));
        return Combinators.combine(what, small, small, small, small)
                .as(Op::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(60);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void releasingWhatWasClaimedSinceRestoresTheSnapshot(
            @ForAll("operations") List<Op> before, @ForAll("operations") List<Op> since) {
        LedgerOps ops = new LedgerOps(LedgerOps.smallCluster());
        before.forEach(ops::apply);
        LedgerSnapshot start = ops.ledger().snapshot();
        Set<Long> had = new HashSet<>(ops.oracle().handles());
        since.stream().filter(Op::adds).forEach(ops::apply);
        for (long handle : ops.oracle().handles()) {
            if (!had.contains(handle)) {
                ops.release(handle);
            }
        }
        assertThat(ops.ledger().snapshot().sameHoldings(start)).isTrue();
        assertThat(LedgerSnapshot.diff(start, ops.ledger().snapshot())).isEmpty();
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void releasingEverythingLeavesAFreshLedger(@ForAll("operations") List<Op> operations) {
        LedgerOps ops = new LedgerOps(LedgerOps.smallCluster());
        operations.forEach(ops::apply);
        for (int node = 0; node < ops.cluster().nodeCount(); node++) {
            ops.setState(node, ops.cluster().initialState(node));
        }
        ops.oracle().handles().forEach(ops::release);
        LedgerSnapshot fresh = Ledgers.of(ops.cluster(), LedgerOps.CLAIM_LIMIT).snapshot();
        assertThat(ops.ledger().snapshot().sameHoldings(fresh)).isTrue();
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void aDiffAppliedToTheFirstSnapshotGivesTheSecond(
            @ForAll("operations") List<Op> before, @ForAll("operations") List<Op> since) {
        LedgerOps ops = new LedgerOps(LedgerOps.smallCluster());
        before.forEach(ops::apply);
        LedgerSnapshot a = ops.ledger().snapshot();
        since.forEach(ops::apply);
        LedgerSnapshot b = ops.ledger().snapshot();
        Map<Long, String> holdings = holdings(a);
        Map<Long, String> wanted = holdings(b);
        List<NodeState> states = states(a);
        for (LedgerSnapshot.NodeChange change : LedgerSnapshot.diff(a, b)) {
            assertThat(states.set(change.node(), change.after())).isEqualTo(change.before());
            for (long handle : change.released()) {
                assertThat(holdings.remove(handle)).isNotNull();
            }
            for (long handle : change.claimed()) {
                assertThat(holdings.put(handle, wanted.get(handle))).isNull();
            }
        }
        assertThat(holdings).isEqualTo(wanted);
        assertThat(states).isEqualTo(states(b));
        // A snapshot is what it was, whatever happened since.
        assertThat(LedgerSnapshot.diff(a, a)).isEmpty();
        assertThat(a.sameHoldings(b))
                .isEqualTo(holdings(a).values().stream()
                                .sorted()
                                .toList()
                                .equals(wanted.values().stream().sorted().toList())
                        && states(a).equals(states(b)));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void migrationKeepsClaimsByNodeName(
            @ForAll("operations") List<Op> before, @ForAll("operations") List<Op> after, @ForAll long seed) {
        LedgerOps ops = new LedgerOps(LedgerOps.smallCluster());
        before.forEach(ops::apply);
        ops.migrate(LedgerOps.changedCluster(seed));
        after.forEach(ops::apply);
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void theFeedTellsEveryNodeThatChanged(@ForAll("operations") List<Op> before, @ForAll("operations") List<Op> since) {
        LedgerOps ops = new LedgerOps(LedgerOps.smallCluster());
        before.forEach(ops::apply);
        ChangeFeed feed = ops.ledger().subscribe();
        ChangeFeed closed = ops.ledger().subscribe();
        closed.close();
        LedgerSnapshot a = ops.ledger().snapshot();
        since.forEach(ops::apply);
        Set<Integer> told = new HashSet<>();
        for (int node = feed.poll(); node >= 0; node = feed.poll()) {
            told.add(node);
        }
        NodeReading reading = new NodeReading();
        for (int node = 0; node < ops.cluster().nodeCount(); node++) {
            a.read(node, reading);
            assertThat(told.contains(node))
                    .isEqualTo(reading.version() != ops.ledger().version(node));
        }
        assertThat(closed.poll()).isEqualTo(-1);
    }

    /** The feed has summary levels of 64 and 4096 nodes; the sequences above see only the first word of each. */
    @Property(tries = 20, edgeCases = EdgeCasesMode.NONE)
    void theFeedReachesEveryNodeOfALargeCluster(@ForAll("nodes") Set<Integer> nodes) {
        Cluster.Builder builder = Cluster.builder();
        for (int node = 0; node < 9000; node++) {
            builder.add(NodeSpec.named("n" + node).cpuMilli(1000).build());
        }
        Ledger ledger = Ledgers.of(builder.build(), 64);
        ChangeFeed feed = ledger.subscribe();
        nodes.forEach(node -> ledger.setState(node, NodeState.DRAINING));
        Set<Integer> told = new HashSet<>();
        for (int node = feed.poll(); node >= 0; node = feed.poll()) {
            assertThat(told.add(node)).isTrue();
        }
        assertThat(told).isEqualTo(nodes);
    }

    @Provide
    Arbitrary<Set<Integer>> nodes() {
        return Arbitraries.integers().between(0, 8999).set().ofMaxSize(50);
    }

    @Example
    void aDiffOfTwoLedgersIsRefused() {
        Cluster cluster = LedgerOps.smallCluster();
        Ledger one = Ledgers.of(cluster);
        Ledger other = Ledgers.of(cluster);
        one.claim(0, new ClaimSpec().whole(1), Ledger.ANY_VERSION);
        other.claim(0, new ClaimSpec().whole(2), Ledger.ANY_VERSION);
        assertThatThrownBy(() -> LedgerSnapshot.diff(one.snapshot(), other.snapshot()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("different ledgers");
        assertThat(one.snapshot().sameHoldings(other.snapshot())).isFalse();
    }

    private static Map<Long, String> holdings(LedgerSnapshot snapshot) {
        Map<Long, String> holdings = new HashMap<>();
        for (int node = 0; node < snapshot.cluster().nodeCount(); node++) {
            for (int i = snapshot.firstClaim(node); i < snapshot.firstClaim(node + 1); i++) {
                ClaimSpec claim = new ClaimSpec();
                snapshot.claim(i, claim);
                holdings.put(snapshot.handle(i), node + " " + LedgerOps.text(claim));
            }
        }
        return holdings;
    }

    private static List<NodeState> states(LedgerSnapshot snapshot) {
        List<NodeState> states = new ArrayList<>();
        NodeReading reading = new NodeReading();
        for (int node = 0; node < snapshot.cluster().nodeCount(); node++) {
            snapshot.read(node, reading);
            states.add(reading.state());
        }
        return states;
    }
}
