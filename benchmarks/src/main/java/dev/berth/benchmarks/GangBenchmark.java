package dev.berth.benchmarks;

import com.carrotsearch.hppc.LongArrayList;
import dev.berth.cluster.Topology;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.GangClaim;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import dev.berth.placement.GangDemand;
import dev.berth.placement.GangPlan;
import dev.berth.placement.GangRequest;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A gang of 64 nodes with 8 GPUs each, in a cluster whose GPUs are nine tenths full. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
@State(Scope.Thread)
public class GangBenchmark {
    private static final int SEED = 7;

    /** Number of nodes. */
    @Param({"4096", "131072"})
    public int nodes;

    private GangCluster world;
    private GangDemand demand;
    private final GangPlan plan = new GangPlan();
    private final GangClaim claims = new GangClaim();
    private final ClaimSpec claim = new ClaimSpec();
    private final ClaimSpec held = new ClaimSpec();
    private final NodeReading reading = new NodeReading();
    private final SplittableRandom random = new SplittableRandom(SEED);

    /** Fills the cluster. */
    @Setup(Level.Trial)
    public void fill() {
        world = new GangCluster(nodes);
        demand = world.planner.demand(
                GangRequest.of(GangCluster.TASK, GangCluster.TASKS).build());
        claim.whole(0xFF).cpuMilli(GangCluster.TASK.cpuMilli()).memoryMib(GangCluster.TASK.memoryMib());
    }

    private LongArrayList leave() {
        LongArrayList gang = world.large.get(random.nextInt(world.large.size()));
        for (int rank = 0; rank < GangCluster.TASKS; rank++) {
            world.ledger.release(gang.get(rank), held);
        }
        return gang;
    }

    /** One gang leaves, and one of the same size is planned and committed. */
    @Benchmark
    public int index() {
        LongArrayList gang = leave();
        world.planner.plan(demand, plan);
        if (world.planner.commit(plan) != 0) {
            throw new IllegalStateException("nobody else writes, but the gang was refused");
        }
        for (int rank = 0; rank < GangCluster.TASKS; rank++) {
            gang.set(rank, plan.handle(rank));
        }
        return plan.tier();
    }

    /** A gang is planned, with nothing changed since the last plan. */
    @Benchmark
    public int planOnly() {
        world.planner.plan(demand, plan);
        return plan.tier();
    }

    /**
     * One gang leaves, and one of the same size is placed by enumerating the tree: tier by tier, every domain, reading all its
     * nodes, until a tier has a domain with room.
     */
    @Benchmark
    public int naive() {
        LongArrayList gang = leave();
        int tier = naivePlan();
        if (world.ledger.claim(claims) != 0) {
            throw new IllegalStateException("nobody else writes, but the gang was refused");
        }
        for (int rank = 0; rank < GangCluster.TASKS; rank++) {
            gang.set(rank, claims.handle(rank));
        }
        return tier;
    }

    private int naivePlan() {
        Topology topology = world.cluster.topology();
        int tier = 0;
        int best = -1;
        for (; best < 0; tier++) {
            int least = Integer.MAX_VALUE;
            for (int domain = 0; domain < topology.domainCount(tier); domain++) {
                int room = 0;
                for (int i = 0; i < topology.memberCount(tier, domain); i++) {
                    room += hasRoom(topology.member(tier, domain, i)) ? 1 : 0;
                }
                if (room >= GangCluster.TASKS && room < least) {
                    least = room;
                    best = domain;
                }
            }
        }
        claims.clear();
        for (int i = 0; claims.size() < GangCluster.TASKS; i++) {
            int node = topology.member(tier - 1, best, i);
            if (hasRoom(node)) {
                claims.add(node, Ledger.ANY_VERSION, claim);
            }
        }
        return tier - 1;
    }

    private boolean hasRoom(int node) {
        world.ledger.read(node, reading);
        return reading.allocatable()
                && Integer.bitCount(reading.freeGpuMask()) == 8
                && reading.cpuFreeMilli() >= GangCluster.TASK.cpuMilli()
                && reading.memoryFreeMib() >= GangCluster.TASK.memoryMib();
    }
}
