package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/**
 * Against {@link NaiveGangs}, which tries all placements: the tier is the lowest one, no gang that fits is refused, what is
 * planned keeps to what was asked, and it commits on the versions that it was planned on.
 */
class GangPlannerOracleTest {
    private static final int MOST_TASKS = 8;

    private final GangPlan plan = new GangPlan();

    @Property(tries = 1500)
    void tiersThatNest(@ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int nodes) {
        check(seed, nodes, false, false);
    }

    @Property(tries = 1500)
    void tiersThatCross(@ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int nodes) {
        check(seed, nodes, true, false);
    }

    @Property(tries = 1500)
    void racksWithPowerCaps(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 7) int nodes, @ForAll boolean crossing) {
        check(seed, nodes, crossing, true);
    }

    private void check(long seed, int nodes, boolean crossing, boolean caps) {
        SplittableRandom random = new SplittableRandom(seed);
        GangCase world = GangCase.random(random, nodes, crossing, caps);
        GangPlanner planner = new GangPlanner(new Planner(world.ledger, Policies.byName("best-fit"), seed));
        for (int i = 0; i < 4; i++) {
            GangRequest request = request(random, world.cluster);
            if (request != null) {
                check(world, planner, request, i % 2 == 0);
            }
        }
    }

    private void check(GangCase world, GangPlanner planner, GangRequest request, boolean commit) {
        NaiveGangs oracle = new NaiveGangs(world.cluster, world.ledger, request);
        int tasks = request.maxTasks();
        int tier = oracle.bestTier(tasks);
        while (tier < 0 && tasks - request.segmentTasks() >= request.minTasks()) {
            tasks -= request.segmentTasks();
            tier = oracle.bestTier(tasks);
        }
        boolean planned = planner.plan(planner.demand(request), plan);
        assertThat(planned).as("%s is planned", request).isEqualTo(tier >= 0);
        if (!planned) {
            return;
        }
        assertThat(plan.tasks()).as("tasks of %s", request).isEqualTo(tasks);
        Topology topology = world.cluster.topology();
        int preferred = request.preferredTier() == null ? 0 : topology.tier(request.preferredTier());
        if (preferred <= 0) {
            assertThat(plan.tier()).as("tier of %s", request).isEqualTo(tier);
        } else {
            assertThat(plan.tier()).as("tier of %s", request).isBetween(tier, Math.max(tier, preferred));
        }
        int[] tasksOn = new int[world.cluster.nodeCount()];
        for (int rank = 0; rank < plan.tasks(); rank++) {
            tasksOn[plan.node(rank)]++;
        }
        assertThat(oracle.mayStand(tasksOn))
                .as("%s keeps to %s", tasksOn, request)
                .isTrue();
        assertThat(oracle.tierOf(tasksOn)).isEqualTo(plan.tier());
        checkRanks(world.cluster, request);
        if (commit) {
            assertThat(planner.commit(plan)).as("commit of %s", request).isZero();
        }
    }

    private void checkRanks(Cluster cluster, GangRequest request) {
        Topology topology = cluster.topology();
        List<Integer> ranks = new ArrayList<>();
        for (int rank = 0; rank < plan.tasks(); rank++) {
            ranks.add(plan.node(rank));
        }
        if (nested(topology, cluster.nodeCount())) {
            assertThat(NaiveGangs.ringCost(topology, ranks))
                    .as("ring cost of %s", ranks)
                    .isEqualTo(NaiveGangs.leastRingCost(topology, ranks));
        }
        String tier = request.segmentTier();
        for (int rank = 0; tier != null && rank < plan.tasks(); rank++) {
            int first = rank - rank % request.segmentTasks();
            if (tier.equals(GangRequest.ISLAND)) {
                GpuTopology links = cluster.gpuTopology(ranks.get(rank));
                int mask = plan.claim(rank).gpuMask() | plan.claim(first).gpuMask();
                assertThat(ranks.get(rank)).isEqualTo(ranks.get(first));
                assertThat(Islands.holds(links, mask)).isTrue();
            } else {
                assertThat(topology.domainOf(topology.tier(tier), ranks.get(rank)))
                        .isEqualTo(topology.domainOf(topology.tier(tier), ranks.get(first)));
            }
        }
        if (GangRequest.ISLAND.equals(request.requiredTier())) {
            int mask = 0;
            for (int rank = 0; rank < plan.tasks(); rank++) {
                mask |= plan.claim(rank).gpuMask();
            }
            assertThat(Islands.holds(cluster.gpuTopology(ranks.get(0)), mask)).isTrue();
        }
        if (request.railAligned()) {
            checkRails(cluster, ranks);
        }
    }

    /** The node with most tasks has all the rails, the others as many or fewer of them. */
    private void checkRails(Cluster cluster, List<Integer> ranks) {
        int[] masks = new int[cluster.nodeCount()];
        int all = 0;
        for (int rank = 0; rank < ranks.size(); rank++) {
            masks[ranks.get(rank)] |= plan.claim(rank).gpuMask();
            all |= plan.claim(rank).gpuMask();
        }
        int fewer = 0;
        for (int node : Set.copyOf(ranks)) {
            fewer += masks[node] == all ? 0 : 1;
        }
        assertThat(fewer).isLessThanOrEqualTo(1);
    }

    /** Whether nodes that share a domain agree on all tiers above it. */
    static boolean nested(Topology topology, int nodes) {
        for (int tier = 0; tier < topology.tiers().size(); tier++) {
            for (int node = 0; node < nodes * nodes; node++) {
                int a = node / nodes;
                int b = node % nodes;
                boolean together =
                        topology.domainOf(tier, a) >= 0 && topology.domainOf(tier, a) == topology.domainOf(tier, b);
                for (int above = tier + 1; together && above < topology.tiers().size(); above++) {
                    if (topology.domainOf(above, a) != topology.domainOf(above, b)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** A request at random; null when what was drawn contradicts itself. */
    private static @Nullable GangRequest request(SplittableRandom random, Cluster cluster) {
        int gpus = 1 + random.nextInt(GangCase.GPUS);
        Request task = Request.gpus(gpus, random.nextInt(3) == 0 ? 900 : 0, 0);
        if (random.nextInt(5) == 0) {
            task = task.onModels(Set.of("H100"));
        }
        List<String> tiers = cluster.topology().tiers();
        boolean segments = random.nextInt(4) == 0;
        int together = segments ? 1 + random.nextInt(3) : 1;
        int least = together * (1 + random.nextInt(MOST_TASKS / together));
        int most =
                random.nextInt(3) == 0 ? least + together * random.nextInt((MOST_TASKS - least) / together + 1) : least;
        GangRequest.Builder builder = GangRequest.elastic(task, least, most);
        if (segments) {
            builder.segments(together, random.nextInt(4) == 0 ? GangRequest.ISLAND : any(random, tiers));
        }
        if (random.nextInt(3) == 0) {
            builder.maxTasksPerNode(1 + random.nextInt(3));
        }
        if (random.nextInt(4) == 0) {
            builder.within(random.nextInt(4) == 0 ? GangRequest.ISLAND : any(random, tiers));
        }
        if (random.nextInt(6) == 0) {
            builder.preferably(any(random, tiers));
        }
        if (random.nextInt(5) == 0) {
            builder.spreadOver(any(random, tiers), 1 + random.nextInt(least / together));
        }
        if (random.nextInt(5) == 0) {
            builder.sameModel();
        }
        if (random.nextInt(6) == 0) {
            builder.sameLabels(List.of("driver"));
        }
        if (random.nextInt(6) == 0) {
            builder.railAligned();
        }
        if (random.nextInt(5) == 0) {
            builder.excluding(List.of("n" + random.nextInt(cluster.nodeCount()), "gone"));
        }
        try {
            GangRequest request = builder.build();
            GangTiers.of(request, cluster.topology());
            return request;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String any(SplittableRandom random, List<String> tiers) {
        return tiers.get(random.nextInt(tiers.size()));
    }
}
