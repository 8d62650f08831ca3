package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.Scheduler;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.Cooling;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.PowerBasis;
import dev.berth.cluster.Rack;
import dev.berth.ledger.Ledger;
import org.junit.jupiter.api.Test;

/** Power caps through the planner and the scheduler: a 40 kW rack of four DGX H100. */
final class RackPowerTest {
    private static final Request NODE = Request.gpus(8, 1_000, 1_000);

    private static Cluster rack(PowerBasis basis) {
        Cluster.Builder builder = Cluster.builder().powerBasis(basis).add(new Rack("r1", 40_000, Cooling.AIR));
        for (int i = 0; i < 4; i++) {
            builder.add(NodeSpec.named("n" + i)
                    .gpus("H100-SXM5-80GB", 8, 81_559)
                    .cpuMilli(100_000)
                    .memoryMib(1_000_000)
                    .rack("r1")
                    .power(new NodePower(10_200, 8_400, 0, 0))
                    .build());
        }
        return builder.build();
    }

    @Test
    void byNameplateTheFourthNodeIsRefused() {
        try (Scheduler scheduler =
                Scheduler.builder(rack(PowerBasis.NAMEPLATE)).repeatable().build()) {
            Placement first = (Placement) scheduler.place(NODE);
            assertThat(scheduler.place(NODE)).isInstanceOf(Placement.class);
            assertThat(scheduler.place(NODE)).isInstanceOf(Placement.class);
            Refusal refusal = (Refusal) scheduler.place(NODE);
            assertThat(refusal.reasons())
                    .contains(new Refusal.Reason(
                            "power", "10200 W", "9400 W left in rack r1 (cap 40000 W, drawn 30600 W)", "800 W", 1, 1));
            assertThat(refusal.relaxation()).isNotNull();
            assertThat(refusal.relaxation().resource()).isEqualTo("power");
            scheduler.release(first.claim());
            assertThat(scheduler.place(NODE)).isInstanceOf(Placement.class);
        }
    }

    @Test
    void asMeasuredAllFourNodesAreUsed() {
        try (Scheduler scheduler =
                Scheduler.builder(rack(PowerBasis.MEASURED)).repeatable().build()) {
            for (int i = 0; i < 4; i++) {
                assertThat(scheduler.place(NODE)).isInstanceOf(Placement.class);
            }
        }
    }

    @Test
    void tasksOnANodeInUseAddNothing() {
        try (Scheduler scheduler =
                Scheduler.builder(rack(PowerBasis.NAMEPLATE)).repeatable().build()) {
            for (int task = 0; task < 24; task++) {
                assertThat(scheduler.place(Request.gpus(1, 1_000, 1_000))).isInstanceOf(Placement.class);
            }
            Refusal refusal = (Refusal) scheduler.place(Request.cpuOnly(99_000, 1_000));
            assertThat(refusal.reasons()).extracting(Refusal.Reason::resource).containsExactly("power", "cpu");
            assertThat(scheduler.place(Request.cpuOnly(1_000, 1_000))).isInstanceOf(Placement.class);
        }
    }

    @Test
    void plansThatWereMadeBeforeAreCheckedAtCommit() {
        Ledger ledger = Ledger.of(rack(PowerBasis.NAMEPLATE));
        Planner planner = new Planner(ledger, Policies.byName("first-fit"), 7);
        Demand demand = planner.demand(NODE);
        Plan[] plans = new Plan[4];
        for (int node = 0; node < 4; node++) {
            plans[node] = new Plan();
            NodeSet one = NodeSet.of(ledger.cluster()).add(node);
            assertThat(planner.plan(demand, one, plans[node])).isTrue();
        }
        for (int node = 0; node < 3; node++) {
            assertThat(planner.commit(plans[node])).isPositive();
        }
        assertThat(planner.commit(plans[3])).isEqualTo(Ledger.LOST_RACE);
    }
}
