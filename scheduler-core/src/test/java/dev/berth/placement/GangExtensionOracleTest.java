package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Topology;
import dev.berth.ledger.Ledger;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Growing a gang and replacing a lost member, against {@link NaiveGangs}, which tries all nodes. */
class GangExtensionOracleTest {
    private final GangPlan plan = new GangPlan();
    private final GangPlan more = new GangPlan();

    @Property(tries = 1000)
    void growsInTheLowestTierThatThereIs(
            @ForAll long seed, @ForAll @IntRange(min = 2, max = 7) int nodes, @ForAll boolean crossing) {
        SplittableRandom random = new SplittableRandom(seed);
        GangCase world = GangCase.random(random, nodes, crossing);
        GangPlanner planner = new GangPlanner(new Planner(world.ledger, Policies.byName("best-fit"), seed));
        GangRequest.Builder builder = common(random, world, 1 + random.nextInt(3));
        GangRequest request = builder.build();
        GangDemand demand = planner.demand(request);
        if (!planner.plan(demand, plan) || planner.commit(plan) != 0) {
            return;
        }
        int[] running = nodesOf(plan);
        int least = 1 + random.nextInt(2);
        int most = least + random.nextInt(3);
        NaiveGangs oracle = new NaiveGangs(world.cluster, world.ledger, request);
        int tasks = most;
        int tier = oracle.bestTier(tasks, count(world, running));
        while (tier < 0 && tasks > least) {
            tier = oracle.bestTier(--tasks, count(world, running));
        }
        boolean grown = planner.grow(demand, running, least, most, more);
        assertThat(grown).as("%s grows from %s", request, running).isEqualTo(tier >= 0);
        if (grown) {
            assertThat(more.tasks()).isEqualTo(tasks);
            assertThat(more.tier()).as("tier of %s", request).isEqualTo(tier);
            assertThat(more.neededTier()).isEqualTo(plan.tier());
            assertThat(planner.commit(more)).isZero();
        }
    }

    @Property(tries = 1000)
    void replacesInTheLowestTierThatThereIs(
            @ForAll long seed, @ForAll @IntRange(min = 2, max = 7) int nodes, @ForAll boolean crossing) {
        SplittableRandom random = new SplittableRandom(seed);
        GangCase world = GangCase.random(random, nodes, crossing);
        GangPlanner planner = new GangPlanner(new Planner(world.ledger, Policies.byName("best-fit"), seed));
        GangRequest request = replaceable(random, world);
        GangDemand demand = planner.demand(request);
        if (!planner.plan(demand, plan) || planner.commit(plan) != 0) {
            return;
        }
        int[] running = nodesOf(plan);
        int lost = random.nextInt(running.length);
        Topology topology = world.cluster.topology();
        // Its node is gone, mostly; sometimes only its task is.
        if (random.nextInt(4) > 0) {
            world.ledger.setState(running[lost], dev.berth.cluster.NodeState.REPAIR);
        } else {
            world.ledger.release(plan.handle(lost));
        }
        int best = Integer.MAX_VALUE;
        NaiveGangs oracle = new NaiveGangs(world.cluster, world.ledger, request);
        for (int node = 0; node < nodes; node++) {
            int[] all = running.clone();
            all[lost] = node;
            if (oracle.takes(node, without(world, running, lost))
                    && oracle.mayStand(count(world, all))
                    && segmentsHold(topology, request, all)) {
                best = Math.min(best, oracle.tierOf(count(world, all)));
            }
        }
        boolean replaced = planner.replace(demand, running, lost, more);
        assertThat(replaced)
                .as("%s on %s gets another for %d", request, running, lost)
                .isEqualTo(best < 99);
        if (replaced) {
            assertThat(more.tasks()).isEqualTo(1);
            assertThat(more.tier()).as("tier of %s", request).isEqualTo(best);
            assertThat(planner.commit(more)).isZero();
            assertThat(more.handle(0)).isGreaterThan(Ledger.NO_ROOM);
        }
    }

    private static boolean segmentsHold(Topology topology, GangRequest request, int[] nodes) {
        String tier = request.segmentTier();
        for (int rank = 0; tier != null && rank < nodes.length; rank++) {
            int mate = nodes[rank - rank % request.segmentTasks()];
            if (topology.domainOf(topology.tier(tier), mate) != topology.domainOf(topology.tier(tier), nodes[rank])) {
                return false;
            }
        }
        return true;
    }

    private static GangRequest.Builder common(SplittableRandom random, GangCase world, int tasks) {
        List<String> tiers = world.cluster.topology().tiers();
        Request task = Request.gpus(1 + random.nextInt(GangCase.GPUS), random.nextInt(3) == 0 ? 900 : 0, 0);
        GangRequest.Builder builder = GangRequest.of(task, tasks);
        if (random.nextInt(3) == 0) {
            builder.within(tiers.get(random.nextInt(tiers.size())));
        }
        if (random.nextInt(3) == 0) {
            builder.maxTasksPerNode(1 + random.nextInt(3));
        }
        if (random.nextInt(4) == 0) {
            builder.sameModel();
        }
        return builder;
    }

    private static GangRequest replaceable(SplittableRandom random, GangCase world) {
        List<String> tiers = world.cluster.topology().tiers();
        String tier = tiers.get(random.nextInt(tiers.size()));
        int kind = random.nextInt(3);
        if (kind == 0) {
            return common(random, world, 2 * (1 + random.nextInt(2)))
                    .segments(2, tier)
                    .build();
        }
        int tasks = 2 + random.nextInt(3);
        GangRequest.Builder builder = common(random, world, tasks);
        return (kind == 1 ? builder.spreadOver(tier, 1 + random.nextInt(tasks)) : builder).build();
    }

    private static int[] nodesOf(GangPlan plan) {
        int[] nodes = new int[plan.tasks()];
        for (int rank = 0; rank < nodes.length; rank++) {
            nodes[rank] = plan.node(rank);
        }
        return nodes;
    }

    private static int[] count(GangCase world, int[] nodes) {
        int[] count = new int[world.cluster.nodeCount()];
        for (int node : nodes) {
            count[node]++;
        }
        return count;
    }

    private static int[] without(GangCase world, int[] nodes, int lost) {
        int[] count = count(world, nodes);
        count[nodes[lost]]--;
        return count;
    }
}
