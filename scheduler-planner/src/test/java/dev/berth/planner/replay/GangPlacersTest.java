package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.LedgerSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws of the placers, over jobs that come and go at random. */
class GangPlacersTest {
    private final IdentityHashMap<long[], GangJob> running = new IdentityHashMap<>();

    /** What is tested after each job that came. */
    private interface Law {
        void check(LedgerSnapshot before, GangJob job, long[] claims);
    }

    static List<String> names() {
        return GangPolicies.NAMES;
    }

    private void run(Cluster cluster, Function<Ledger, GangPlacer> make, Law law) {
        Ledger ledger = Ledger.of(cluster);
        GangPlacer placer = make.apply(ledger);
        List<GangJob> jobs = SmallFabrics.jobs(cluster);
        SplittableRandom random = new SplittableRandom(7);
        for (int step = 0; step < 400; step++) {
            if (random.nextInt(5) < 2 && !running.isEmpty()) {
                long[] out = new ArrayList<>(running.keySet()).get(random.nextInt(running.size()));
                running.remove(out);
                Arrays.stream(out)
                        .forEach(claim -> assertThat(ledger.release(claim)).isTrue());
                placer.left(out);
                continue;
            }
            GangJob job = jobs.get(random.nextInt(jobs.size()));
            LedgerSnapshot before = ledger.snapshot();
            long[] claims = placer.place(job);
            if (claims == null) {
                assertThat(ledger.snapshot().claimCount())
                        .as("a refusal holds nothing")
                        .isEqualTo(before.claimCount());
                law.check(before, job, new long[0]);
            } else {
                assertThat(claims).hasSize(job.tasks()).doesNotHaveDuplicates();
                assertThat(ledger.snapshot().claimCount()).isEqualTo(before.claimCount() + job.tasks());
                running.put(claims, job);
                law.check(before, job, claims);
            }
        }
    }

    private static GangPlacer placer(String name, Ledger ledger) {
        GangRun.Maker maker =
                GangPolicies.of(List.of(name), Ladder.of(ledger.cluster())).get(name);
        return java.util.Objects.requireNonNull(maker).on(ledger, 42);
    }

    /** Isolation refuses for want of links, too; all others only for want of room. */
    @ParameterizedTest
    @MethodSource("names")
    void noJobIsRefusedThatFits(String name) {
        for (Cluster cluster : List.of(SmallFabrics.tree(2, 3, 4), SmallFabrics.domains(4, 4))) {
            running.clear();
            FreeTiers tiers = new FreeTiers(Ladder.of(cluster));
            run(cluster, ledger -> placer(name, ledger), (before, job, claims) -> {
                boolean room = tiers.lowest(before, job) >= 0;
                if (claims.length > 0 || !name.equals("isolation") || !job.isGang()) {
                    assertThat(claims.length > 0).as("%s", job).isEqualTo(room);
                }
            });
        }
    }

    /** The two-level descent of topology/tree reaches the lowest switch there is. */
    @ParameterizedTest
    @ValueSource(strings = "tree")
    void treeStandsUnderTheLowestSwitchThatHasRoom(String name) {
        Cluster cluster = SmallFabrics.tree(2, 3, 4);
        Ladder ladder = Ladder.of(cluster);
        FreeTiers tiers = new FreeTiers(ladder);
        run(cluster, ledger -> placer(name, ledger), (before, job, claims) -> {
            if (claims.length > 0) {
                int lowest = tiers.lowest(before, job);
                assertThat(ladder.tierOf(nodes(claims))).isBetween(lowest, Math.max(1, lowest));
            }
        });
    }

    /**
     * Gangs have whole nodes; those on several leaves of a spine have equally many on each but one, which has fewer, and together
     * never more than a leaf has links; those on several spines have whole leaves but for one.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void isolationSharesNoLink(int spines) {
        int leafNodes = 4;
        Cluster cluster = SmallFabrics.tree(spines, 4, leafNodes);
        Ladder ladder = Ladder.of(cluster);
        run(cluster, ledger -> placer("isolation", ledger), (before, job, claims) -> {
            Map<Integer, Integer> links = new TreeMap<>();
            running.forEach((held, of) -> {
                int[] nodes = nodes(held);
                if (!of.isGang() || ladder.tierOf(nodes) <= 1) {
                    return;
                }
                Map<Integer, Integer> byLeaf = new TreeMap<>();
                for (int node : nodes) {
                    byLeaf.merge(ladder.domainOf(1, node), 1, Integer::sum);
                }
                byLeaf.forEach((leaf, count) -> links.merge(leaf, count, Integer::sum));
                int most =
                        byLeaf.values().stream().mapToInt(count -> count).max().orElseThrow();
                assertThat(byLeaf.values().stream().filter(count -> count < most))
                        .hasSizeLessThanOrEqualTo(1);
                if (ladder.tierOf(nodes) > 2) {
                    assertThat(most).isEqualTo(leafNodes);
                }
            });
            assertThat(links.values()).allMatch(count -> count <= leafNodes);
            if (job.isGang() && claims.length > 0) {
                assertThat(Arrays.stream(nodes(claims)).distinct()).hasSize(job.tasks());
            }
        });
    }

    private static int[] nodes(long[] claims) {
        return Arrays.stream(claims).mapToInt(Ledger::nodeOf).toArray();
    }
}
