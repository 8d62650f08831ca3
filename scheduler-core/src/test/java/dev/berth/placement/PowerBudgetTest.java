package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Cooling;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.PowerBasis;
import dev.berth.cluster.Rack;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class PowerBudgetTest {
    /** DGX H100: 10.2 kW by its data sheet, 8.4 kW at most when measured (arXiv 2412.08602). */
    private static final NodePower DGX_H100 = new NodePower(10_200, 8_400, 2_000, 790);

    /** Takes whole nodes of one rack of four DGX H100 until the budget refuses. */
    private static int nodesInUse(PowerBasis basis, int capW, NodePower power) {
        Cluster.Builder builder = Cluster.builder().powerBasis(basis).add(new Rack("r", capW, Cooling.AIR));
        for (int i = 0; i < 4; i++) {
            builder.add(NodeSpec.named("n" + i)
                    .gpus("H100-SXM5-80GB", 8, 81_559)
                    .rack("r")
                    .power(power)
                    .build());
        }
        Ledger ledger = Ledger.of(builder.build());
        PowerBudget budget = new PowerBudget(ledger.cluster());
        NodeReading reading = new NodeReading();
        int used = 0;
        for (int node = 0; node < 4; node++) {
            if (budget.mayTake(node, 8)) {
                assertThat(ledger.claim(node, new ClaimSpec().whole(0xFF), Ledger.ANY_VERSION))
                        .isPositive();
                ledger.read(node, reading);
                budget.nodeChanged(node, reading);
                used++;
            }
        }
        assertThat(budget.drawnW(0)).isLessThanOrEqualTo(capW);
        assertThat(budget.headroomW(0)).isEqualTo(capW - budget.drawnW(0));
        return used;
    }

    @Example
    void fortyKilowattsAreThreeByNameplateAndFourAsMeasured() {
        NodePower withoutIdle = new NodePower(10_200, 8_400, 0, 0);
        assertThat(nodesInUse(PowerBasis.NAMEPLATE, 40_000, withoutIdle)).isEqualTo(3);
        assertThat(nodesInUse(PowerBasis.MEASURED, 40_000, withoutIdle)).isEqualTo(4);
        assertThat(nodesInUse(PowerBasis.NAMEPLATE, 40_000, DGX_H100)).isEqualTo(3);
        assertThat(nodesInUse(PowerBasis.MEASURED, 40_000, DGX_H100)).isEqualTo(4);
        assertThat(nodesInUse(PowerBasis.EXPECTED, 40_000, DGX_H100)).isEqualTo(4);
        // Three whole nodes and the idle watts of the fourth: 3 x 8.4 + 2 kW.
        assertThat(nodesInUse(PowerBasis.MEASURED, 27_200, DGX_H100)).isEqualTo(3);
        assertThat(nodesInUse(PowerBasis.MEASURED, 27_199, DGX_H100)).isEqualTo(2);
    }

    @Example
    void expectedCountsEachBusyGpu() {
        Cluster cluster = Cluster.builder()
                .powerBasis(PowerBasis.EXPECTED)
                .add(new Rack("r", 8_000, Cooling.AIR))
                .add(NodeSpec.named("a")
                        .gpus("H100", 8, 0)
                        .rack("r")
                        .power(DGX_H100)
                        .build())
                .add(NodeSpec.named("b")
                        .gpus("H100", 8, 0)
                        .rack("r")
                        .power(DGX_H100)
                        .build())
                .build();
        PowerBudget budget = new PowerBudget(cluster);
        // 4,000 W idle; 5 x 790 = 3,950 fit, 6 do not.
        assertThat(budget.drawnW(0)).isEqualTo(4_000);
        assertThat(budget.mayTake(0, 5)).isTrue();
        assertThat(budget.mayTake(0, 6)).isFalse();
        assertThat(budget.addedW(0, 5)).isEqualTo(3_950);
        assertThat(budget.addedW(0, 0)).isZero();
    }

    @Example
    void nodesWithoutACapAreNeverRefused() {
        Cluster cluster = Cluster.builder()
                .add(new Rack("r", 0, Cooling.AIR))
                .add(NodeSpec.named("a").gpus("H100", 8, 0).rack("r").build())
                .add(NodeSpec.named("b").gpus("H100", 8, 0).build())
                .build();
        PowerBudget budget = new PowerBudget(cluster);
        assertThat(budget.hasCaps()).isFalse();
        assertThat(budget.mayTake(0, 8)).isTrue();
        assertThat(budget.mayTake(1, 8)).isTrue();
        assertThat(budget.headroomW(0)).isEqualTo(Long.MAX_VALUE);
    }

    /** A node as the test knows it: its claims, from which every watt is counted anew for each question. */
    private static final class Known {
        final NodePower power;
        final int gpus;
        final int rack;
        NodeState state = NodeState.READY;
        final TreeMap<Long, Integer> claims = new TreeMap<>();

        Known(NodePower power, int gpus, int rack) {
            this.power = power;
            this.gpus = gpus;
            this.rack = rack;
        }

        int busy() {
            return Integer.bitCount(claims.values().stream().reduce(0, (a, b) -> a | b));
        }

        int watts(PowerBasis basis, boolean inUse, int busy) {
            if (state == NodeState.RACKED) {
                return 0;
            }
            if (!inUse && state != NodeState.BURN_IN) {
                return power.idleW();
            }
            int counted = state == NodeState.BURN_IN ? gpus : busy;
            if (basis == PowerBasis.EXPECTED && power.idleW() > 0 && power.busyGpuW() > 0) {
                return power.idleW() + counted * power.busyGpuW();
            }
            return basis == PowerBasis.NAMEPLATE || power.measuredW() == 0 ? power.nameplateW() : power.measuredW();
        }

        int watts(PowerBasis basis) {
            return watts(basis, !claims.isEmpty(), busy());
        }
    }

    @Property(tries = 200)
    void drawIsTheSumOverTheNodesAndOnlyWhatFitsIsTaken(@ForAll long seed) {
        Random random = new Random(seed);
        PowerBasis basis = PowerBasis.values()[random.nextInt(3)];
        Cluster.Builder builder = Cluster.builder().powerBasis(basis);
        int[] caps = {0, 3_000 + random.nextInt(3_000), 2_000};
        for (int rack = 0; rack < caps.length; rack++) {
            builder.add(new Rack("r" + rack, caps[rack], Cooling.AIR));
        }
        List<Known> known = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int idle = random.nextInt(3) == 0 ? 0 : 200;
            int perGpu = random.nextInt(3) == 0 ? 0 : 50 + random.nextInt(50);
            Known node = new Known(
                    new NodePower(1_000, random.nextInt(3) == 0 ? 0 : 700 + random.nextInt(200), idle, perGpu),
                    4,
                    random.nextInt(caps.length));
            known.add(node);
            builder.add(NodeSpec.named("n" + i)
                    .gpus("A100-SXM4-80GB", 4, 81_920)
                    .rack("r" + node.rack)
                    .power(node.power)
                    .build());
        }
        Ledger ledger = Ledger.of(builder.build());
        PowerBudget budget = new PowerBudget(ledger.cluster());
        NodeReading reading = new NodeReading();
        boolean outside = random.nextBoolean();
        for (int step = 0; step < 60; step++) {
            int at = random.nextInt(known.size());
            Known node = known.get(at);
            long[][] before = answers(budget, known);
            boolean wasAbove = budget.headroomW(node.rack) < 0;
            switch (random.nextInt(outside ? 4 : 3)) {
                case 0, 1 -> claim(ledger, budget, random, node, at, outside && random.nextInt(4) == 0);
                case 2 -> {
                    if (!node.claims.isEmpty()) {
                        long handle = node.claims.firstKey();
                        assertThat(ledger.release(handle)).isTrue();
                        node.claims.remove(handle);
                    }
                }
                default -> {
                    node.state = NodeState.of(random.nextInt(NodeState.values().length));
                    ledger.setState(at, node.state);
                }
            }
            ledger.read(at, reading);
            boolean othersMatter = budget.nodeChanged(at, reading);
            check(budget, known, caps, basis);
            if (!outside) {
                assertThat(wasAbove).isFalse();
            }
            if (!othersMatter) {
                long[][] after = answers(budget, known);
                after[at] = before[at];
                assertThat(after).isDeepEqualTo(before);
            }
        }
    }

    private static void claim(Ledger ledger, PowerBudget budget, Random random, Known node, int at, boolean unasked) {
        int mask = random.nextInt(16);
        int free = ~node.claims.values().stream().reduce(0, (a, b) -> a | b) & mask;
        ClaimSpec spec = free == 0 ? new ClaimSpec().noGpus() : new ClaimSpec().whole(free);
        if (random.nextInt(3) == 0) {
            free = free == 0 ? 0 : Integer.highestOneBit(free);
            spec = free == 0 ? spec : new ClaimSpec().share(Integer.numberOfTrailingZeros(free), 300);
        }
        if (unasked || budget.mayTake(at, Integer.bitCount(free))) {
            long handle = ledger.claim(at, spec, Ledger.ANY_VERSION);
            if (handle > 0) {
                node.claims.put(handle, free);
            }
        }
    }

    /** What each node would be told, for each number of GPUs. */
    private static long[][] answers(PowerBudget budget, List<Known> known) {
        long[][] answers = new long[known.size()][];
        for (int node = 0; node < answers.length; node++) {
            answers[node] = new long[5];
            for (int more = 0; more <= 4; more++) {
                answers[node][more] = budget.mayTake(node, more) ? 1 : 0;
            }
        }
        return answers;
    }

    private static void check(PowerBudget budget, List<Known> known, int[] caps, PowerBasis basis) {
        long[] drawn = new long[caps.length];
        known.forEach(node -> drawn[node.rack] += node.watts(basis));
        for (int rack = 0; rack < caps.length; rack++) {
            if (caps[rack] > 0) {
                assertThat(budget.drawnW(rack)).isEqualTo(drawn[rack]);
                assertThat(budget.headroomW(rack)).isEqualTo(caps[rack] - drawn[rack]);
            }
        }
        for (int at = 0; at < known.size(); at++) {
            Known node = known.get(at);
            if (node.state != NodeState.READY) {
                continue; // takes no tasks, so that nobody asks
            }
            for (int more = 0; more <= 4 - node.busy(); more++) {
                long then = drawn[node.rack] - node.watts(basis) + node.watts(basis, true, node.busy() + more);
                boolean fits = caps[node.rack] == 0 || then <= drawn[node.rack] || then <= caps[node.rack];
                assertThat(budget.mayTake(at, more)).isEqualTo(fits);
            }
        }
    }
}
