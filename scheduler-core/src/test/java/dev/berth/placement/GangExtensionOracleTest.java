package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodeState;
import dev.berth.ledger.Ledger;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/**
 * Growing a gang and replacing lost members, against {@link NaiveExtension}, which tries all nodes and GPUs: it is done exactly when
 * there is a way, in the lowest tier that there is, all of it or nothing, and what the gang asked for still holds.
 */
class GangExtensionOracleTest {
    private final GangPlan plan = new GangPlan();
    private final GangPlan more = new GangPlan();

    @Property(tries = 1000)
    void grows(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int nodes, @ForAll boolean crossing) {
        grows(seed, nodes, crossing, false);
    }

    @Property(tries = 700)
    void growsUnderPowerCaps(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int nodes, @ForAll boolean crossing) {
        grows(seed, nodes, crossing, true);
    }

    @Property(tries = 1000)
    void replaces(@ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int nodes, @ForAll boolean crossing) {
        replaces(seed, nodes, crossing, false);
    }

    @Property(tries = 700)
    void replacesUnderPowerCaps(
            @ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int nodes, @ForAll boolean crossing) {
        replaces(seed, nodes, crossing, true);
    }

    private void grows(long seed, int nodes, boolean crossing, boolean caps) {
        SplittableRandom random = new SplittableRandom(seed);
        GangCase world = GangCase.random(random, nodes, crossing, caps);
        GangPlanner planner = planner(world, seed);
        GangRequest request = request(random, world, 1 + random.nextInt(3));
        if (request == null || !run(planner, request)) {
            return;
        }
        GangMembers members = GangMembers.of(plan);
        int each = request.segmentTasks();
        int least = each * (1 + random.nextInt(2));
        int most = each == 1 ? least + random.nextInt(2) : least;
        if (most > 3) {
            return;
        }
        NaiveExtension oracle = new NaiveExtension(world.cluster, world.ledger, request);
        int tasks = most;
        int tier = oracle.bestTier(members, ranksFrom(members.size(), tasks));
        while (tier < 0 && tasks - each >= least) {
            tasks -= each;
            tier = oracle.bestTier(members, ranksFrom(members.size(), tasks));
        }
        boolean grown = planner.grow(planner.demand(request), members, least, most, more);
        assertThat(grown).as("%s grows from %s", request, members).isEqualTo(tier >= 0);
        if (grown) {
            assertThat(more.neededTier()).isEqualTo(plan.tier());
            assertThat(more.oversubscriptionBefore()).isEqualTo(plan.oversubscription());
            check(world, planner, request, members, tier, ranksFrom(members.size(), tasks));
        }
    }

    private void replaces(long seed, int nodes, boolean crossing, boolean caps) {
        SplittableRandom random = new SplittableRandom(seed);
        GangCase world = GangCase.random(random, nodes, crossing, caps);
        GangPlanner planner = planner(world, seed);
        GangRequest request = request(random, world, 2 + random.nextInt(3));
        if (request == null || !run(planner, request)) {
            return;
        }
        GangMembers members = GangMembers.of(plan);
        int[] lost = lose(random, world, members);
        if (lost.length == members.size() || lost.length > 3) {
            return;
        }
        int tier = new NaiveExtension(world.cluster, world.ledger, request).bestTier(members, lost);
        boolean replaced = planner.replace(planner.demand(request), members, lost, more);
        assertThat(replaced)
                .as("%s on %s gets others for %s", request, members, Arrays.toString(lost))
                .isEqualTo(tier >= 0);
        if (replaced) {
            assertThat(more.neededTier()).isEqualTo(plan.tier());
            check(world, planner, request, members, tier, lost);
        }
    }

    private static GangPlanner planner(GangCase world, long seed) {
        return new GangPlanner(new Planner(world.ledger, Policies.byName("best-fit"), seed));
    }

    private boolean run(GangPlanner planner, GangRequest request) {
        return planner.plan(planner.demand(request), plan) && planner.commit(plan) == 0;
    }

    /** One rank, several, or all on one node; their node is gone, mostly, sometimes only they are. */
    private int[] lose(SplittableRandom random, GangCase world, GangMembers members) {
        TreeSet<Integer> lost = new TreeSet<>();
        int first = random.nextInt(members.size());
        lost.add(first);
        boolean nodeIsGone = random.nextInt(3) > 0;
        for (int rank = 0; rank < members.size(); rank++) {
            if (nodeIsGone ? members.node(rank) == members.node(first) : random.nextInt(4) == 0) {
                lost.add(rank);
            }
        }
        if (nodeIsGone) {
            world.ledger.setState(members.node(first), NodeState.REPAIR);
        } else {
            lost.forEach(rank -> world.ledger.release(plan.handle(rank)));
        }
        return lost.stream().mapToInt(Integer::intValue).toArray();
    }

    private void check(
            GangCase world, GangPlanner planner, GangRequest request, GangMembers members, int tier, int[] ranks) {
        assertThat(more.tasks()).isEqualTo(ranks.length);
        assertThat(IntStream.range(0, more.tasks()).map(more::rank).sorted().toArray())
                .isEqualTo(ranks);
        assertThat(more.tier()).as("tier of %s beside %s", request, members).isEqualTo(tier);
        if (request.railAligned() && ranks.length == 1) {
            checkRail(world.cluster, world.ledger, members, ranks[0]);
        }
        assertThat(planner.commit(more)).isZero();
        for (int task = 0; task < more.tasks(); task++) {
            assertThat(more.handle(task)).isGreaterThan(Ledger.NO_ROOM);
        }
        members.apply(more);
        assertThat(new NaiveExtension(world.cluster, world.ledger, request).stands(members))
                .as("%s stands as %s", members, request)
                .isTrue();
    }

    /** The rank is on its rails where these are free on its node and others of the gang are on them too. */
    private void checkRail(Cluster cluster, Ledger ledger, GangMembers members, int rank) {
        int node = more.node(0);
        int mask = more.claim(0).gpuMask();
        int gpus = Integer.bitCount(mask);
        GpuTopology links = cluster.gpuTopology(node);
        int wanted = 0;
        for (int gpu = 0; gpu < GangCase.GPUS; gpu++) {
            for (int g = 0; g < gpus; g++) {
                wanted |= links.railOf(gpu) == (rank * gpus + g) % links.railCount() ? 1 << gpu : 0;
            }
        }
        int others = 0;
        for (int other = 0; other < members.size(); other++) {
            others |= other == rank ? 0 : members.gpuMask(other);
        }
        if ((wanted & ~(others & ledger.freeGpuMask(node))) == 0) {
            assertThat(mask).as("GPUs of rank %d beside %s", rank, members).isEqualTo(wanted);
        }
    }

    private static int[] ranksFrom(int first, int count) {
        return IntStream.range(first, first + count).toArray();
    }

    /** A request for so many tasks, or segments; null when what was drawn contradicts itself. */
    private static @Nullable GangRequest request(SplittableRandom random, GangCase world, int units) {
        List<String> tiers = world.cluster.topology().tiers();
        Request task = Request.gpus(1 + random.nextInt(GangCase.GPUS / 2), random.nextInt(3) == 0 ? 900 : 0, 0);
        int kind = random.nextInt(6);
        boolean segments = kind <= 1;
        int each = segments ? 2 : 1;
        int odds = random.nextInt(2) == 0 ? 3 : 12;
        GangRequest.Builder builder = GangRequest.of(task, each * (segments ? Math.min(2, units) : units));
        if (segments) {
            builder.segments(2, kind == 0 ? GangRequest.ISLAND : any(random, tiers));
        }
        if (kind == 2) {
            builder.within(GangRequest.ISLAND);
        } else if (random.nextInt(odds) == 0) {
            builder.within(any(random, tiers));
        }
        if (kind == 3) {
            builder.railAligned();
        } else if (kind != 2 && random.nextInt(odds) == 0) {
            builder.spreadOver(any(random, tiers), 1 + random.nextInt(segments ? Math.min(2, units) : units));
        }
        if (random.nextInt(odds) == 0) {
            builder.maxTasksPerNode(1 + random.nextInt(3));
        }
        if (random.nextInt(odds) == 0) {
            builder.sameModel();
        }
        if (random.nextInt(2 * odds) == 0) {
            builder.sameLabels(List.of("driver"));
        }
        if (random.nextInt(odds) == 0) {
            builder.excluding(List.of("n" + random.nextInt(world.cluster.nodeCount())));
        }
        try {
            GangRequest request = builder.build();
            GangTiers.of(request, world.cluster.topology());
            return request;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String any(SplittableRandom random, List<String> tiers) {
        return tiers.get(random.nextInt(tiers.size()));
    }
}
