package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.placement.Request;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the placers are judged by, on clusters where the answer can be seen. */
class GangChecksTest {
    private static GangJob gang(int tasks, int taskGpus) {
        Request task =
                Request.gpus(taskGpus, 1_000 * taskGpus, 1_000L * taskGpus).onModels(Set.of(SmallFabrics.MODEL));
        return new GangJob(tasks, taskGpus, SmallFabrics.MODEL, task, 1);
    }

    private static void take(Ledger ledger, int node, int mask) {
        assertThat(ledger.claim(node, new ClaimSpec().whole(mask), Ledger.ANY_VERSION))
                .isPositive();
    }

    /** Two spines of two leaves of two nodes: node, leaf, spine, core, cluster. */
    @Test
    void theLowestTierIsTheFirstWithADomainThatTakesAllTasks() {
        Cluster cluster = SmallFabrics.tree(2, 2, 2);
        FreeTiers tiers = new FreeTiers(Ladder.of(cluster));
        Ledger ledger = Ledger.of(cluster);
        assertThat(tiers.lowest(ledger.snapshot(), gang(2, 4))).isEqualTo(0);
        assertThat(tiers.lowest(ledger.snapshot(), gang(2, 8))).isEqualTo(1);
        assertThat(tiers.lowest(ledger.snapshot(), gang(4, 8))).isEqualTo(2);
        assertThat(tiers.lowest(ledger.snapshot(), gang(5, 8))).isEqualTo(3);
        assertThat(tiers.lowest(ledger.snapshot(), gang(9, 8))).isEqualTo(-1);

        for (int node : new int[] {0, 2, 4, 6}) { // one node of each leaf
            take(ledger, node, 1);
        }
        assertThat(tiers.lowest(ledger.snapshot(), gang(2, 8))).isEqualTo(2);
        assertThat(tiers.lowest(ledger.snapshot(), gang(3, 4)))
                .as("4 and 7 free GPUs on a leaf")
                .isEqualTo(1);
        assertThat(tiers.freeGpus(ledger.snapshot(), gang(5, 8))).isEqualTo(60);
        assertThat(tiers.lowest(ledger.snapshot(), gang(5, 8)))
                .as("60 GPUs free, on four whole nodes")
                .isEqualTo(-1);

        ledger.setState(1, NodeState.DRAINING);
        assertThat(tiers.lowest(ledger.snapshot(), gang(2, 8)))
                .as("the other spine")
                .isEqualTo(2);
        ledger.setState(5, NodeState.DRAINING);
        assertThat(tiers.lowest(ledger.snapshot(), gang(2, 8))).isEqualTo(3);
    }

    @Test
    void cpuAndMemoryCountToo() {
        Cluster cluster = SmallFabrics.tree(1, 1, 1);
        FreeTiers tiers = new FreeTiers(Ladder.of(cluster));
        Ledger ledger = Ledger.of(cluster);
        assertThat(ledger.claim(0, new ClaimSpec().cpuMilli(5_000), Ledger.ANY_VERSION))
                .isPositive();
        assertThat(tiers.lowest(ledger.snapshot(), gang(3, 1))).isZero();
        assertThat(tiers.lowest(ledger.snapshot(), gang(4, 1))).isEqualTo(-1);
    }

    @Test
    void theTierReachedIsTheLowestThatAllNodesShare() {
        Ladder ladder = Ladder.of(SmallFabrics.tree(2, 2, 2));
        assertThat(ladder.tierOf(new int[] {3, 3})).isEqualTo(0);
        assertThat(ladder.tierOf(new int[] {2, 3})).isEqualTo(1);
        assertThat(ladder.tierOf(new int[] {1, 2})).isEqualTo(2);
        assertThat(ladder.tierOf(new int[] {1, 7})).isEqualTo(3);
    }

    @Test
    void anIslandIsBrokenWhenAJobTakesAPartOfItWithoutNeed() {
        Cluster cluster = SmallFabrics.domains(3, 2); // three islands of 8 GPUs on two nodes
        IslandCheck check = new IslandCheck(cluster, IslandMap.of(cluster));
        Ledger ledger = Ledger.of(cluster);
        assertThat(broken(check, ledger, gang(1, 1), 2)).as("the first must").isZero();
        take(ledger, 0, 1);
        assertThat(broken(check, ledger, gang(1, 1), 2))
                .as("there is one in use")
                .isEqualTo(1);
        assertThat(broken(check, ledger, gang(1, 1), 1)).isZero();
        assertThat(broken(check, ledger, gang(2, 4), 2, 3)).as("takes it whole").isZero();
        assertThat(broken(check, ledger, gang(2, 4), 2, 5))
                .as("could have had one whole")
                .isEqualTo(2);
        assertThat(broken(check, ledger, gang(3, 4), 2, 3, 4))
                .as("fits no island")
                .isZero();
        take(ledger, 2, 0xF);
        assertThat(broken(check, ledger, gang(1, 4), 5))
                .as("the rest of one in use")
                .isEqualTo(1);
        assertThat(broken(check, ledger, gang(1, 4), 3)).isZero();
    }

    private static int broken(IslandCheck check, Ledger ledger, GangJob job, int... nodes) {
        int[] masks = new int[nodes.length];
        for (int task = 0; task < nodes.length; task++) {
            int free = ledger.freeGpuMask(nodes[task]);
            for (int gpu = 0; gpu < job.taskGpus(); gpu++) {
                masks[task] |= Integer.lowestOneBit(free & ~masks[task]);
            }
        }
        return check.brokenWithoutNeed(ledger.snapshot(), job, nodes, masks);
    }
}
