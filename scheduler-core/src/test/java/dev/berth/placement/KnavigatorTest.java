package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.NodeSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.Ledgers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Two benchmarks of NVIDIA's knavigator (resources/benchmarks, github.com/NVIDIA/knavigator) whose best answers are known
 * exactly.
 */
class KnavigatorTest {
    private static final Request WHOLE_NODE = Request.gpus(8, 0, 0);

    private static Cluster.Builder nodes(Cluster.Builder builder, int from, int to, String leaf) {
        for (int i = from; i <= to; i++) {
            NodeSpec.Builder node = NodeSpec.named("n" + i).gpus("H100", 8, 81_559);
            builder.add((leaf.isEmpty() ? node : node.fabricSwitch(leaf)).build());
        }
        return builder;
    }

    /** Twelve nodes under six leaves and three spines, five of them busy; three nodes are best taken under one spine. */
    @Test
    void threeNodesUnderOneSpine() {
        Cluster.Builder builder = Cluster.builder().add(new FabricSwitch("sw31", "core", null, 0));
        for (int spine = 1; spine <= 3; spine++) {
            builder.add(new FabricSwitch("sw2" + spine, "spine", "sw31", 0));
        }
        for (int leaf = 1; leaf <= 6; leaf++) {
            builder.add(new FabricSwitch("sw1" + leaf, "leaf", "sw2" + (leaf + 1) / 2, 0));
            nodes(builder, 2 * leaf - 1, 2 * leaf, "sw1" + leaf);
        }
        Cluster cluster = builder.build();
        Ledger ledger = Ledgers.of(cluster);
        Planner planner = new Planner(ledger, Policies.byName("best-fit"), 1);
        Plan single = new Plan();
        for (String busy : Set.of("n1", "n3", "n6", "n11", "n12")) {
            assertThat(planner.plan(
                            planner.demand(WHOLE_NODE), NodeSet.of(cluster).add(cluster.nodeId(busy)), single))
                    .isTrue();
            assertThat(planner.commit(single)).isPositive();
        }
        GangPlanner gangs = new GangPlanner(planner);
        GangPlan plan = new GangPlan();
        assertThat(gangs.plan(gangs.demand(GangRequest.of(WHOLE_NODE, 3).build()), plan))
                .isTrue();
        assertThat(names(cluster, plan)).containsExactly("n5", "n7", "n8");
        assertThat(cluster.topology().tiers().get(plan.tier())).isEqualTo("spine");
        assertThat(cluster.topology().tiers().get(plan.neededTier())).isEqualTo("spine");
        assertThat(gangs.commit(plan)).isZero();
    }

    /**
     * 32 nodes and a burst of 53 gangs of 1 to 32 nodes which all run equally long: nine waves of exactly 32 nodes, so that
     * nothing need ever stand idle.
     */
    @Test
    void aBurstOfGangsInNineFullWaves() {
        int[][] burst = {
            {1, 32}, {2, 16}, {3, 10}, {1, 2}, {4, 8}, {5, 6}, {2, 1}, {6, 5}, {1, 2}, {7, 4}, {1, 2}, {2, 1}, {8, 4},
            {9, 3}, {1, 5}
        };
        List<Integer> queue = new ArrayList<>();
        for (int[] group : burst) {
            for (int i = 0; i < group[0]; i++) {
                queue.add(group[1]);
            }
        }
        assertThat(queue).hasSize(53);
        Ledger ledger = Ledgers.of(nodes(Cluster.builder(), 1, 32, "").build());
        GangPlanner gangs = new GangPlanner(new Planner(ledger, Policies.byName("best-fit"), 1));
        GangPlan plan = new GangPlan();
        int waves = 0;
        for (int next = 0; next < queue.size(); waves++) {
            List<Long> running = new ArrayList<>();
            while (next < queue.size()
                    && gangs.plan(
                            gangs.demand(
                                    GangRequest.of(WHOLE_NODE, queue.get(next)).build()),
                            plan)) {
                assertThat(gangs.commit(plan)).isZero();
                for (int rank = 0; rank < plan.tasks(); rank++) {
                    running.add(plan.handle(rank));
                }
                next++;
            }
            assertThat(running).as("wave %d", waves).hasSize(32);
            running.forEach(ledger::release);
        }
        assertThat(waves).isEqualTo(9);
    }

    private static List<String> names(Cluster cluster, GangPlan plan) {
        List<String> names = new ArrayList<>();
        for (int rank = 0; rank < plan.tasks(); rank++) {
            names.add(cluster.nodeName(plan.node(rank)));
        }
        return names;
    }
}
