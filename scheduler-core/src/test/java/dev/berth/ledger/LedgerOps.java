package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** Does the same to a ledger and to {@link LedgerOracle}, and compares what both say, operation by operation. */
final class LedgerOps {
    static final int CLAIM_LIMIT = 64;

    private Cluster cluster;
    private Ledger ledger;
    private LedgerOracle oracle;
    private final List<Long> stale = new ArrayList<>();
    private final GangClaim gang = new GangClaim();

    /** One operation, as five numbers from 0 to 99 so that a failing sequence shrinks to a readable one. */
    record Op(int what, int node, int gpu, int amount, int extra) {
        /** Whether it claims or adopts. */
        boolean adds() {
            return what < 65;
        }
    }

    LedgerOps(Cluster cluster) {
        this.cluster = cluster;
        ledger = Ledgers.of(cluster, CLAIM_LIMIT);
        oracle = new LedgerOracle(cluster, CLAIM_LIMIT);
    }

    /** Whole GPUs, MIG GPUs, both in one node, and a node without; small, so that sequences hit the limits. */
    static Cluster smallCluster() {
        return Cluster.builder()
                .add(NodeSpec.named("plain")
                        .gpus("H100-80GB", 5, 81559)
                        .cpuMilli(800)
                        .memoryMib(900)
                        .counted("pods", 9)
                        .build())
                .add(NodeSpec.named("sliced")
                        .gpus("A100-40GB", 2, 40960)
                        .migGpuMask(0b11)
                        .cpuMilli(900)
                        .memoryMib(900)
                        .counted("pods", 12)
                        .build())
                .add(NodeSpec.named("mixed")
                        .gpus("A30", 3, 24576)
                        .migGpuMask(0b010)
                        .cpuMilli(700)
                        .memoryMib(700)
                        .counted("rdma", 2)
                        .build())
                .add(NodeSpec.named("cpu")
                        .cpuMilli(500)
                        .memoryMib(500)
                        .counted("pods", 6)
                        .state(NodeState.BURN_IN)
                        .build())
                .build();
    }

    /** The same nodes after some have gone, come, shrunk, grown or been relabelled, in another order. */
    static Cluster changedCluster(long seed) {
        Random random = new Random(seed);
        List<NodeSpec> nodes = new ArrayList<>();
        Cluster old = smallCluster();
        for (int node = 0; node < old.nodeCount(); node++) {
            NodeSpec was = old.spec(node);
            if (random.nextInt(4) != 0) {
                int gpus = was.gpuCount() == 0 ? 0 : 1 + random.nextInt(was.gpuCount() + 1);
                NodeSpec.Builder builder = NodeSpec.named(was.name())
                        .gpus(changedModel(was.gpuModel(), random), gpus, 0)
                        .migGpuMask(random.nextInt(3) == 0 ? 0 : was.migGpuMask() & (1 << gpus) - 1)
                        .cpuMilli(random.nextInt(3) == 0 ? 200 : was.cpuMilli())
                        .memoryMib(was.memoryMib())
                        .label("generation", "2")
                        .state(random.nextInt(3) == 0 ? NodeState.DRAINING : was.state());
                if (random.nextInt(3) != 0) {
                    was.counted().forEach(builder::counted);
                }
                nodes.add(random.nextInt(nodes.size() + 1), builder.build());
            }
        }
        nodes.add(NodeSpec.named("new")
                .gpus("T4", 1, 15360)
                .cpuMilli(100)
                .memoryMib(100)
                .counted("apples", 3)
                .build());
        Cluster.Builder builder = Cluster.builder();
        nodes.forEach(builder::add);
        return builder.build();
    }

    /** Mostly the same; or another with the same MIG profiles under other names, or with other profiles. */
    private static String changedModel(String model, Random random) {
        return model == null || random.nextInt(3) != 0 ? model : random.nextBoolean() ? "A100-80GB" : "A30";
    }

    Cluster cluster() {
        return cluster;
    }

    Ledger ledger() {
        return ledger;
    }

    LedgerOracle oracle() {
        return oracle;
    }

    void apply(Op op) {
        int node = op.node % cluster.nodeCount();
        if (op.what < 12) {
            claimGang(op);
        } else if (op.what < 45) {
            claim(node, spec(op, node), op.what % 10 == 0 ? op.extra % 4 : Ledger.ANY_VERSION);
        } else if (op.adds()) {
            adopt(node, spec(op, node));
        } else if (op.what < 85) {
            List<Long> handles = oracle.handles();
            if (!handles.isEmpty()) {
                release(handles.get((op.gpu * 100 + op.amount) % handles.size()));
            }
        } else if (op.what < 90) {
            releaseStale(op);
        } else {
            setState(node, op.amount < 60 ? NodeState.READY : NodeState.of(op.extra % NodeState.values().length));
        }
        check(node);
    }

    /** A claim of any kind; about half of them fit on an empty node. */
    private ClaimSpec spec(Op op, int node) {
        ClaimSpec spec = new ClaimSpec().cpuMilli(op.extra * 2).memoryMib(op.amount);
        for (int r = 0; r < cluster.countedNames().size(); r++) {
            spec.counted(r, (op.extra + r) % 3);
        }
        MigGeometry geometry = cluster.migGeometry(node);
        switch (op.gpu % 5) {
            case 0 -> spec.whole(1 + op.amount % 31);
            case 1 -> spec.share(op.extra % 5, 1 + 10 * op.amount);
            case 2, 3 -> {
                int profiles = geometry == null ? 2 : geometry.profileCount() + (op.amount == 99 ? 1 : 0);
                int profile = op.amount % profiles;
                int start = geometry != null && profile < geometry.profileCount() && op.extra % 7 != 0
                        ? Math.max(0, geometry.bestStart(profile, occupancy(node, op.extra % 3)))
                        : op.extra % 8;
                spec.mig(op.extra % 3, profile, start);
            }
            default -> spec.noGpus();
        }
        return op.adds() && op.what >= 55 ? withoutIndices(spec, op.extra) : spec;
    }

    private static ClaimSpec withoutIndices(ClaimSpec spec, int which) {
        return switch (spec.kind()) {
            case NONE -> spec;
            case WHOLE -> spec.wholeUnknown(spec.gpuCount());
            case SHARE -> spec.share(ClaimSpec.UNKNOWN, spec.shareMilli());
            case MIG -> spec.mig(which % 2 == 0 ? spec.gpu() : ClaimSpec.UNKNOWN, spec.migProfile(), ClaimSpec.UNKNOWN);
        };
    }

    private int occupancy(int node, int gpu) {
        NodeReading reading = new NodeReading();
        ledger.read(node, reading);
        return gpu < cluster.gpuCount(node) && !NodeFigures.isPlain(cluster, node, gpu) ? reading.migOccupancy(gpu) : 0;
    }

    private void claim(int node, ClaimSpec spec, long versionOffset) {
        long expected = versionOffset == Ledger.ANY_VERSION ? versionOffset : oracle.version(node) - versionOffset / 3;
        long wanted = oracle.answerToClaim(node, spec, expected);
        long answer = ledger.claim(node, spec, expected);
        assertThat(Math.min(answer, 1)).as("claim of %s on node %d", spec, node).isEqualTo(wanted);
        if (answer > 0) {
            oracle.add(answer, node, spec);
            assertHeld(answer, spec);
        }
    }

    /** One to four tasks, from a node on, two on each or one on every other; about a third of the gangs fit. */
    private void claimGang(Op op) {
        gang.clear();
        int tasks = 1 + op.amount % 4;
        for (int task = 0; task < tasks; task++) {
            int step = op.gpu % 3 == 0 ? task / 2 : tasks - task;
            int node = (op.node + step) % cluster.nodeCount();
            long expected = op.what % 4 == 0 ? oracle.version(node) - (op.extra + task) % 8 / 7 : Ledger.ANY_VERSION;
            gang.add(node, expected, gangSpec(op, task, node));
        }
        long wanted = oracle.answerToGang(gang);
        assertThat(ledger.claim(gang)).as("claim of %s", gang).isEqualTo(wanted);
        if (wanted == 0) {
            oracle.add(gang, gang::handle);
        }
        for (int task = 0; task < tasks; task++) {
            if (wanted == 0) {
                assertHeld(gang.handle(task), oracle.claim(gang.handle(task)));
            } else {
                assertThat(gang.handle(task)).isZero();
            }
            check(gang.node(task));
        }
    }

    /** A small claim, so that gangs have a chance. */
    private ClaimSpec gangSpec(Op op, int task, int node) {
        ClaimSpec spec = new ClaimSpec().cpuMilli((op.extra + task) % 20).memoryMib(op.amount % 20);
        MigGeometry geometry = cluster.migGeometry(node);
        int what = op.gpu + task;
        if (geometry != null && what % 4 == 1) {
            int gpu = Integer.numberOfTrailingZeros(cluster.migGpuMask(node));
            int profile = op.extra % geometry.profileCount();
            return spec.mig(gpu, profile, Math.max(0, geometry.bestStart(profile, occupancy(node, gpu))));
        }
        int gpus = Math.max(1, cluster.gpuCount(node));
        return switch (what % 4) {
            case 0 -> spec.whole(1 << (op.amount + task) % gpus);
            case 1, 2 -> spec.share((op.amount + task) % gpus, 50 + 3 * op.extra);
            default -> spec.counted(0, op.extra % 3 / 2);
        };
    }

    private void adopt(int node, ClaimSpec spec) {
        boolean over = oracle.overcommitted(node);
        List<ClaimSpec> before = oracle.claims(node);
        ClaimSpec asked = new ClaimSpec().set(spec);
        long handle = ledger.adopt(node, spec);
        if (before.size() == CLAIM_LIMIT) {
            assertThat(handle).isEqualTo(Ledger.CLAIM_LIMIT);
            return;
        }
        assertThat(handle).as("adopting %s on node %d", asked, node).isPositive();
        assertThat(spec.kind()).isEqualTo(asked.kind());
        assertThat(Integer.bitCount(spec.gpuMask())).isEqualTo(asked.gpuCount()).isEqualTo(spec.gpuCount());
        assertThat(spec.shareMilli()).isEqualTo(asked.shareMilli());
        assertThat(spec.migProfile()).isEqualTo(asked.migProfile());
        if (asked.gpuMask() != 0) {
            assertThat(spec.gpuMask()).isEqualTo(asked.gpuMask());
        }
        oracle.add(handle, node, spec);
        assertHeld(handle, spec);
        if (!over && couldStand(node, before, asked)) {
            assertThat(oracle.overcommitted(node))
                    .as("%s was put where it does not fit", asked)
                    .isFalse();
        }
    }

    /** Whether any choice of what is not known about a claim would fit. */
    private boolean couldStand(int node, List<ClaimSpec> claims, ClaimSpec asked) {
        for (int gpu = 0; gpu < 16; gpu++) {
            for (int start = 0; start < 8; start++) {
                ClaimSpec guess = new ClaimSpec().set(asked);
                if (asked.kind() == ClaimSpec.Kind.WHOLE && asked.gpuMask() == 0) {
                    int free = NodeFigures.of(cluster, node, claims).freeGpuMask();
                    while (Integer.bitCount(free) > asked.gpuCount()) {
                        free &= free - 1;
                    }
                    guess = free == 0 ? guess : guess.whole(free);
                    if (guess.gpuCount() != asked.gpuCount()) {
                        return false;
                    }
                } else if (asked.kind() == ClaimSpec.Kind.SHARE && asked.gpuMask() == 0) {
                    guess.share(gpu, asked.shareMilli());
                } else if (asked.kind() == ClaimSpec.Kind.MIG && asked.migStart() < 0) {
                    guess.mig(asked.gpu() < 0 ? gpu : asked.gpu(), asked.migProfile(), start);
                }
                if (NodeFigures.haveRoom(cluster, node, claims, guess)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void assertHeld(long handle, ClaimSpec spec) {
        ClaimSpec held = new ClaimSpec();
        assertThat(ledger.claimOf(handle, held)).isTrue();
        assertThat(text(held)).isEqualTo(text(spec));
    }

    /** Everything that a claim holds; buffers differ in how many counted resources they have room for. */
    static String text(ClaimSpec spec) {
        StringBuilder text = new StringBuilder(spec.toString().replaceAll(", \\[.*", ""));
        for (int r = 0; r < Cluster.MAX_COUNTED; r++) {
            text.append(' ').append(spec.counted(r));
        }
        return text.toString();
    }

    void release(long handle) {
        ClaimSpec held = new ClaimSpec();
        ClaimSpec wanted = oracle.claim(handle);
        assertThat(ledger.isLive(handle)).isTrue();
        assertThat(ledger.release(handle, held)).isTrue();
        assertThat(text(held)).isEqualTo(text(wanted));
        assertThat(oracle.release(handle)).isTrue();
        stale.add(handle);
        assertStale(handle);
    }

    private void releaseStale(Op op) {
        if (!stale.isEmpty()) {
            assertStale(stale.get(op.amount % stale.size()));
        }
        // Handles that were never given, near ones that were.
        for (long handle : oracle.handles()) {
            assertStale(handle + (1L << 32));
            assertStale(-handle);
            if (!oracle.handles().contains(handle + 1)) {
                assertStale(handle + 1);
            }
        }
        assertStale(0);
        assertStale(Long.MAX_VALUE);
    }

    private void assertStale(long handle) {
        if (!oracle.handles().contains(handle)) {
            assertThat(ledger.isLive(handle)).isFalse();
            assertThat(ledger.release(handle)).isFalse();
        }
    }

    void setState(int node, NodeState state) {
        assertThat(ledger.setState(node, state)).isEqualTo(oracle.setState(node, state));
    }

    private void check(int node) {
        NodeReading reading = new NodeReading();
        ledger.read(node, reading);
        assertThat(NodeFigures.of(cluster, node, reading))
                .as("node %d with %s", node, oracle.claims(node))
                .isEqualTo(NodeFigures.of(cluster, node, oracle.claims(node)));
        assertThat(reading.state()).isEqualTo(oracle.state(node));
        assertThat(reading.allocatable())
                .isEqualTo(oracle.state(node) == NodeState.READY && !oracle.overcommitted(node));
        assertThat(reading.version()).isEqualTo(oracle.version(node)).isEqualTo(ledger.version(node));
        assertThat(ledger.freeGpuMask(node)).isEqualTo(reading.allocatable() ? reading.freeGpuMask() : 0);
    }

    /** Moves both to another cluster, checks what was carried over, and that the old ledger does nothing any more. */
    void migrate(Cluster described) {
        Ledger old = ledger;
        LedgerSnapshot last = old.snapshot();
        Migration migration = old.migrate(described);
        Cluster to = migration.ledger().cluster();
        assertThat(to.countedNames()).containsExactlyElementsOf(countedNames(described));
        LedgerOracle next = new LedgerOracle(to, CLAIM_LIMIT);
        Map<Long, String> orphans = new HashMap<>();
        migration.orphans().forEach(orphan -> orphans.put(orphan.handle(), orphan.nodeName()));
        List<Long> handles = oracle.handles();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            int target = to.nodeId(cluster.nodeName(node));
            if (target >= 0) {
                boolean toldAnew = to.initialState(target) != cluster.initialState(node);
                next.setState(target, toldAnew ? to.initialState(target) : oracle.state(node));
            }
        }
        for (long handle : handles) {
            int target = to.nodeId(cluster.nodeName(oracle.node(handle)));
            long moved = migration.handle(handle);
            if (target < 0) {
                assertThat(moved).isZero();
                assertThat(orphans.remove(handle)).isEqualTo(cluster.nodeName(oracle.node(handle)));
            } else {
                assertThat(Ledger.nodeOf(moved)).isEqualTo(target);
                next.add(moved, target, renumbered(oracle.claim(handle), oracle.node(handle), to, target));
            }
            assertThat(migration.ledger().isLive(handle)).isFalse();
            assertThat(old.release(handle)).isFalse();
        }
        assertThat(orphans).isEmpty();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            assertThat(old.claim(node, new ClaimSpec(), Ledger.ANY_VERSION)).isEqualTo(Ledger.MOVED);
            assertThat(old.adopt(node, new ClaimSpec())).isEqualTo(Ledger.MOVED);
            assertThat(old.claim(gang.clear().add(node, Ledger.ANY_VERSION, new ClaimSpec())))
                    .isEqualTo(Ledger.MOVED);
            assertThat(old.setState(node, NodeState.READY)).isFalse();
        }
        assertThat(LedgerSnapshot.diff(last, old.snapshot())).isEmpty();
        stale.addAll(handles);
        cluster = to;
        ledger = Ledgers.track(migration.ledger());
        oracle = next;
        for (int node = 0; node < to.nodeCount(); node++) {
            check(node);
        }
        for (long handle : next.handles()) {
            assertHeld(handle, next.claim(handle));
        }
    }

    /** What the new cluster names, and what claims hold although it does not. */
    private Set<String> countedNames(Cluster described) {
        Set<String> names = new TreeSet<>(described.countedNames());
        for (long handle : oracle.handles()) {
            for (int r = 0; r < cluster.countedNames().size(); r++) {
                if (oracle.claim(handle).counted(r) > 0) {
                    names.add(cluster.countedNames().get(r));
                }
            }
        }
        return names;
    }

    private ClaimSpec renumbered(ClaimSpec claim, int node, Cluster to, int target) {
        ClaimSpec moved = new ClaimSpec().set(claim);
        MigGeometry had = cluster.migGeometry(node);
        MigGeometry has = to.migGeometry(target);
        if (claim.kind() == ClaimSpec.Kind.MIG && had != null && has != null && had.slices() != has.slices()) {
            // The models of this test that differ in slices have no profile in common.
            moved.mig(claim.gpu(), ClaimSpec.NO_PROFILE, claim.migStart());
        } else if (had != null && has != null && had != has && claim.migProfile() >= had.profileCount()) {
            moved.mig(claim.gpu(), ClaimSpec.NO_PROFILE, claim.migStart());
        }
        for (int r = 0; r < cluster.countedNames().size(); r++) {
            moved.counted(r, 0);
        }
        for (int r = 0; r < to.countedNames().size(); r++) {
            int from = cluster.countedNames().indexOf(to.countedNames().get(r));
            moved.counted(r, from < 0 ? 0 : claim.counted(from));
        }
        return moved;
    }
}
