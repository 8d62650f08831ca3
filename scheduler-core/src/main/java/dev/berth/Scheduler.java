package dev.berth;

import com.carrotsearch.hppc.LongLongHashMap;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.Migration;
import dev.berth.ledger.NodeReading;
import dev.berth.placement.Answer;
import dev.berth.placement.Demand;
import dev.berth.placement.GangAnswer;
import dev.berth.placement.GangPlacement;
import dev.berth.placement.GangPlanner;
import dev.berth.placement.GangRefusal;
import dev.berth.placement.GangRequest;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.LostRace;
import dev.berth.placement.NodeSet;
import dev.berth.placement.Placement;
import dev.berth.placement.Plan;
import dev.berth.placement.Planner;
import dev.berth.placement.Policies;
import dev.berth.placement.Policy;
import dev.berth.placement.Proposal;
import dev.berth.placement.Refusal;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Decides where GPU tasks stand and keeps the book of who holds which GPU: what an embedder holds.
 *
 * <p>Thread-safe. All calls, from whatever threads, take effect one after the other in the order in which they came in, through
 * one queue, so that a run with the same calls in the same order has the same results (with {@link Builder#repeatable}; without
 * it, the moment at which learnt tables are swapped in depends on the machine). A call waits for those before it, and no longer:
 * there is no other lock and no thread of its own but one that rebuilds the policy's tables in the background. Interrupts do not end
 * the wait and stay set. A policy must not call the scheduler that asks it; it is told so by {@link IllegalStateException}.
 *
 * <p>Names and records are for people and adapters; embedders who count nanoseconds use {@link Planner} and {@link Ledger}.
 *
 * <pre>{@code
 * try (Scheduler scheduler = Scheduler.builder(cluster).build()) {
 *     Answer answer = scheduler.place(Request.gpus(8, 96_000, 1_000_000));
 *     if (answer instanceof Placement placement) {
 *         run(placement.nodeName(), placement.gpus());
 *         scheduler.release(placement.claim());
 *     } else if (answer instanceof Refusal refusal) {
 *         log.info("{}", refusal.binding());
 *     }
 * }
 * }</pre>
 */
public final class Scheduler implements AutoCloseable {
    private final SerialQueue queue = new SerialQueue();
    private final Policy policy;
    private final long orderSeed;
    private final @Nullable ExecutorService rebuilder;

    // Touched by one task of the queue at a time.
    private final LongLongHashMap handleByClaim = new LongLongHashMap();
    private final Map<Long, Placement> placements = new HashMap<>();
    private final Plan plan = new Plan();
    private long lastClaim;
    private int epoch;

    private volatile Ledger ledger;
    private Planner planner;
    private @Nullable Gangs gangs;

    private Scheduler(Builder builder) {
        policy = builder.policy;
        orderSeed = builder.orderSeed;
        rebuilder = builder.repeatable
                ? null
                : Executors.newSingleThreadExecutor(task -> {
                    Thread thread = new Thread(task, "berth-tables");
                    thread.setDaemon(true);
                    return thread;
                });
        ledger = Ledger.of(builder.cluster);
        planner = newPlanner();
    }

    /** A builder of a scheduler for a cluster, with the policy {@code berth}. */
    public static Builder builder(Cluster cluster) {
        return new Builder(cluster);
    }

    private Planner newPlanner() {
        return new Planner(
                ledger, policy, new Planner.Options(orderSeed, rebuilder, Planner.Options.DEFAULT_INDEX_BYTES));
    }

    /**
     * Places a task that has just arrived: plans it and commits the plan. The policy counts it as an arrival.
     *
     * @return a {@link Placement} or a {@link Refusal}
     */
    public Answer place(Request request) {
        return queue.call(() -> placeNow(request, null, true));
    }

    /**
     * Places a task that has just arrived on one of the named nodes. Names that the cluster does not have are passed over.
     *
     * @return a {@link Placement} or a {@link Refusal}
     */
    public Answer place(Request request, Collection<String> nodeNames) {
        List<String> names = List.copyOf(nodeNames);
        return queue.call(() -> placeNow(request, names, true));
    }

    /** As {@link #place(Request)}, for a task that was refused before: it is not counted as an arrival again. */
    public Answer retry(Request request) {
        return queue.call(() -> placeNow(request, null, false));
    }

    /**
     * As {@link #place(Request)}, without waiting for the calls before it. Errors, that the scheduler is closed among them, come
     * through the future. What hangs on the future runs in its {@linkplain CompletableFuture#defaultExecutor default executor} or in the
     * thread that hangs it on, never while the scheduler waits for it, and so may call the scheduler. When the future is cancelled or timed out,
     * what is placed nevertheless is released.
     */
    public CompletableFuture<Answer> placeAsync(Request request) {
        return queue.submit(() -> placeNow(request, null, true), answer -> {
            if (answer instanceof Placement placement) {
                release(placement.claim());
            }
        });
    }

    /**
     * Places a gang that has just arrived: all its tasks or none. The policy counts each task as an arrival.
     *
     * @return a {@link GangPlacement} or a {@link GangRefusal}
     * @throws IllegalArgumentException if it names a tier that the cluster does not have
     */
    public GangAnswer place(GangRequest request) {
        return queue.call(() -> gangs().place(request, true));
    }

    /** As {@link #place(GangRequest)}, for a gang that was refused before: it is not counted as an arrival again. */
    public GangAnswer retry(GangRequest request) {
        return queue.call(() -> gangs().place(request, false));
    }

    /**
     * Gives a gang that runs further tasks: as many as fit, {@code maxMore} at most, as near to it as there is room.
     *
     * @param gang as it was placed, grown or replaced last
     * @return a {@link GangPlacement} with the old members and the new ones, or a {@link GangRefusal} when fewer than {@code
     *     minMore} fit; the gang then runs on as it is
     * @throws IllegalArgumentException as {@link GangPlanner#grow} says, or if a member's node is gone
     */
    public GangAnswer grow(GangPlacement gang, int minMore, int maxMore) {
        return queue.call(() -> gangs().grow(gang, minMore, maxMore));
    }

    /**
     * Puts tasks in the place of lost ones, all or none, in the same tier if there are nodes for them. Their old claims are released when
     * they have new ones.
     *
     * @param gang as it was placed, grown or replaced last
     * @param lostRanks which ranks are lost; where a node is lost, all on it are lost together
     * @return a {@link GangPlacement}, of which {@link GangPlacement#extraTiers} and {@link GangPlacement#before} say what the loss
     *     costs, or a {@link GangRefusal} when there are no nodes for them; nothing is released then
     * @throws IllegalArgumentException as {@link GangPlanner#replace} says, or if the node of another member is gone
     * @throws IndexOutOfBoundsException if there is no such rank
     */
    public GangAnswer replace(GangPlacement gang, int... lostRanks) {
        int[] ranks = lostRanks.clone();
        return queue.call(() -> gangs().replace(gang, ranks));
    }

    /** Gives back what the members of a gang hold; returns how many of them still held anything. */
    public int release(GangPlacement gang) {
        return queue.call(() -> gangs().release(gang));
    }

    /** Why a gang would be refused now, or empty when it would be placed. Claims nothing and counts nothing. */
    public Optional<GangRefusal> explain(GangRequest request) {
        return queue.call(() -> gangs().explain(request));
    }

    private Gangs gangs() {
        Gangs now = gangs;
        if (now == null) {
            now = new Gangs(planner, new Gangs.Register() {
                @Override
                public Placement placed(long handle, Request request, String nodeName, ClaimSpec claim) {
                    return Scheduler.this.placed(handle, request, nodeName, claim);
                }

                @Override
                public boolean release(Placement.Claim claim) {
                    return releaseNow(claim);
                }
            });
            gangs = now;
        }
        return now;
    }

    private Answer placeNow(Request request, @Nullable List<String> nodeNames, boolean arrival) {
        Demand demand = planner.demand(request);
        if (arrival) {
            planner.arrived(demand);
        }
        NodeSet allowed = nodeNames == null ? null : nodeSet(nodeNames);
        while (allowed == null ? planner.plan(demand, plan) : planner.plan(demand, allowed, plan)) {
            long handle = planner.commit(plan);
            if (handle > 0) {
                return placed(handle, request, ledger.cluster().nodeName(plan.node()), plan.claim());
            }
            // On the version that was planned on there is room, unless the policy chose a GPU that has none; a new plan
            // would be the same.
            if (handle != Ledger.LOST_RACE) {
                throw new IllegalStateException("policy '" + policy.name() + "' chose " + plan.claim() + " on node '"
                        + ledger.cluster().nodeName(plan.node()) + "', which cannot take it (answer " + handle + ")");
            }
        }
        return planner.explain(demand, allowed);
    }

    private NodeSet nodeSet(List<String> names) {
        NodeSet set = NodeSet.of(ledger.cluster());
        for (String name : names) {
            int node = ledger.cluster().nodeId(name);
            if (node >= 0) {
                set.add(node);
            }
        }
        return set;
    }

    private Placement placed(long handle, Request request, String nodeName, ClaimSpec claim) {
        Placement placement = new Placement(
                new Placement.Claim(++lastClaim), request, nodeName, indices(claim.gpuMask()), migStart(claim));
        handleByClaim.put(lastClaim, handle);
        placements.put(lastClaim, placement);
        return placement;
    }

    private static List<Integer> indices(int mask) {
        List<Integer> list = new ArrayList<>(Integer.bitCount(mask));
        for (int rest = mask; rest != 0; rest &= rest - 1) {
            list.add(Integer.numberOfTrailingZeros(rest));
        }
        return list;
    }

    private static int migStart(ClaimSpec claim) {
        return claim.kind() == ClaimSpec.Kind.MIG ? claim.migStart() : -1;
    }

    /**
     * Tells that a task has arrived, for embedders that {@link #plan(Request)} and {@link #commit} instead of {@link #place(Request)}:
     * once for each task, placed or not, before it is first planned. Policies learn from it what usually arrives; one that is never
     * told stays at first fit, which is what it does until it has seen enough.
     */
    public void arrived(Request request) {
        queue.call(() -> {
            planner.arrived(planner.demand(request));
            return true;
        });
    }

    /**
     * Where a task would stand now. Claims nothing and counts nothing; see {@link #arrived}.
     *
     * @return a {@link Proposal} or a {@link Refusal}
     */
    public Answer plan(Request request) {
        return queue.call(() -> planNow(request, null));
    }

    /**
     * On which of the named nodes a task would stand now. Claims nothing and counts nothing.
     *
     * @return a {@link Proposal} or a {@link Refusal}
     */
    public Answer plan(Request request, Collection<String> nodeNames) {
        List<String> names = List.copyOf(nodeNames);
        return queue.call(() -> planNow(request, names));
    }

    private Answer planNow(Request request, @Nullable List<String> nodeNames) {
        Demand demand = planner.demand(request);
        NodeSet allowed = nodeNames == null ? null : nodeSet(nodeNames);
        boolean found = allowed == null ? planner.plan(demand, plan) : planner.plan(demand, allowed, plan);
        if (!found) {
            return planner.explain(demand, allowed);
        }
        ClaimSpec claim = plan.claim();
        return new Proposal(
                request,
                ledger.cluster().nodeName(plan.node()),
                indices(claim.gpuMask()),
                migStart(claim),
                plan.version(),
                epoch);
    }

    /**
     * Claims what was proposed, if its node has not changed since and the power of its rack has not gone to others.
     *
     * @return a {@link Placement} or a {@link LostRace}
     */
    public Answer commit(Proposal proposal) {
        return queue.call(() -> {
            int node = ledger.cluster().nodeId(proposal.nodeName());
            if (proposal.epoch() != epoch || node < 0) {
                return new LostRace(proposal);
            }
            ClaimSpec claim = claimOf(proposal.request(), node, proposal.gpus(), proposal.migStart());
            boolean bears = planner.bearsPower(node, planner.demand(proposal.request()));
            long handle = bears ? ledger.claim(node, claim, proposal.version()) : Ledger.LOST_RACE;
            return handle > 0 ? placed(handle, proposal.request(), proposal.nodeName(), claim) : new LostRace(proposal);
        });
    }

    private ClaimSpec claimOf(Request request, int node, List<Integer> gpus, int migStart) {
        Cluster cluster = ledger.cluster();
        Demand demand = planner.demand(request);
        ClaimSpec claim = new ClaimSpec().cpuMilli(request.cpuMilli()).memoryMib(request.memoryMib());
        for (int r = 0; r < cluster.countedNames().size(); r++) {
            claim.counted(r, demand.counted(r));
        }
        int mask = 0;
        for (int gpu : gpus) {
            mask |= 1 << gpu;
        }
        int one = gpus.isEmpty() ? ClaimSpec.UNKNOWN : gpus.get(0);
        if (request.gpus() instanceof GpuDemand.Whole whole) {
            return mask == 0 ? claim.wholeUnknown(whole.count()) : claim.whole(mask);
        }
        if (request.gpus() instanceof GpuDemand.Share share) {
            return claim.share(one, share.milli());
        }
        if (request.gpus() instanceof GpuDemand.Mig wanted) {
            int profile = demand.migProfile(cluster.migGeometryId(node));
            if (profile < 0) {
                throw new IllegalArgumentException("migProfile is '" + wanted.profile()
                        + "', allowed: a profile of the MIG GPUs of node '" + cluster.nodeName(node) + "'");
            }
            return claim.mig(one, profile, migStart);
        }
        return claim;
    }

    /**
     * Takes in a task that the outside world already runs, such as after a restart. It is never refused for want of room: a node
     * with more than it has room for takes nothing new until it heals. The policy counts it as an arrival, so that it learns what
     * usually runs here.
     *
     * @throws IllegalArgumentException if there is no such node, a GPU index is not 0 to 15, a number of GPUs is given that is not
     *     the one of the request, or a MIG profile is one that the node's GPUs do not have
     * @throws IllegalStateException if the node has {@value Ledger#MAX_CLAIM_LIMIT} placements already
     */
    public Placement adopt(Running running) {
        return queue.call(() -> {
            int node = ledger.cluster().nodeId(running.nodeName());
            if (node < 0) {
                throw new IllegalArgumentException(
                        "nodeName is '" + running.nodeName() + "', allowed: a node of " + ledger.cluster());
            }
            checkGpus(running);
            ClaimSpec claim = claimOf(running.request(), node, running.gpus(), ClaimSpec.UNKNOWN);
            long handle = ledger.adopt(node, claim);
            if (handle == Ledger.CLAIM_LIMIT) {
                if (ledger.claimLimit() == Ledger.MAX_CLAIM_LIMIT) {
                    throw new IllegalStateException("node '" + running.nodeName() + "' has " + Ledger.MAX_CLAIM_LIMIT
                            + " placements, allowed: " + Ledger.MAX_CLAIM_LIMIT + " on one node");
                }
                move(ledger.cluster(), ledger.claimLimit() * 2);
                handle = ledger.adopt(node, claim);
            }
            planner.arrived(planner.demand(running.request()));
            return placed(handle, running.request(), running.nodeName(), claim);
        });
    }

    private static void checkGpus(Running running) {
        GpuDemand gpus = running.request().gpus();
        int count = gpus instanceof GpuDemand.Whole whole ? whole.count() : gpus instanceof GpuDemand.None ? 0 : 1;
        boolean known = running.gpus().isEmpty()
                || running.gpus().stream().distinct().count() == count
                        && running.gpus().size() == count
                        && running.gpus().stream().allMatch(g -> g >= 0 && g < Cluster.MAX_GPUS_PER_NODE);
        if (!known) {
            throw new IllegalArgumentException(
                    "gpus is " + running.gpus() + ", allowed: " + count + " different indices of 0 to "
                            + (Cluster.MAX_GPUS_PER_NODE - 1) + ", or none when they are not known");
        }
    }

    /**
     * Gives back what a placement holds.
     *
     * @return false when it was given back before, was never given, or its node is gone
     */
    public boolean release(Placement.Claim claim) {
        return queue.call(() -> releaseNow(claim));
    }

    private boolean releaseNow(Placement.Claim claim) {
        long handle = handleByClaim.remove(claim.id());
        placements.remove(claim.id());
        return handle > 0 && ledger.release(handle);
    }

    /** What a claim holds, or empty when it is not live. */
    public Optional<Placement> placement(Placement.Claim claim) {
        return queue.call(() -> Optional.ofNullable(placements.get(claim.id())));
    }

    /**
     * Puts a node into a state. Placements on it stay where they are.
     *
     * @throws IllegalArgumentException if there is no such node
     */
    public void setState(String nodeName, NodeState state) {
        queue.call(() -> {
            int node = ledger.cluster().nodeId(nodeName);
            if (node < 0) {
                throw new IllegalArgumentException(
                        "nodeName is '" + nodeName + "', allowed: a node of " + ledger.cluster());
            }
            return ledger.setState(node, state);
        });
    }

    /**
     * Replaces the cluster: nodes added, gone, relabelled, with more or fewer GPUs. Placements are kept by node name, their claims
     * stay valid. What the policy has learnt is learnt anew from what is running.
     */
    public ClusterUpdate update(Cluster cluster) {
        return queue.call(() -> {
            List<Placement> orphans = move(cluster, ledger.claimLimit());
            List<String> overcommitted = new ArrayList<>();
            NodeReading reading = new NodeReading();
            for (int node = 0; node < cluster.nodeCount(); node++) {
                ledger.read(node, reading);
                if (reading.overcommitted()) {
                    overcommitted.add(cluster.nodeName(node));
                }
            }
            return new ClusterUpdate(orphans, overcommitted);
        });
    }

    private List<Placement> move(Cluster cluster, int claimLimit) {
        Migration migration = ledger.migrate(cluster, claimLimit);
        planner.close();
        ledger = migration.ledger();
        planner = newPlanner();
        gangs = null;
        epoch++;
        List<Placement> orphans = new ArrayList<>();
        // In the order in which they were placed, so that a run repeats.
        Map<Long, Placement> ordered = new LinkedHashMap<>();
        placements.keySet().stream().sorted().forEach(id -> ordered.put(id, placements.get(id)));
        ordered.forEach((id, placement) -> {
            long handle = migration.handle(handleByClaim.get(id));
            if (handle > 0) {
                handleByClaim.put(id, handle);
                planner.arrived(planner.demand(placement.request()));
            } else {
                handleByClaim.remove(id);
                placements.remove(id);
                orphans.add(placement);
            }
        });
        return orphans;
    }

    /** Why a task would be refused now, or empty when it would be placed. Claims nothing and counts nothing. */
    public Optional<Refusal> explain(Request request) {
        return queue.call(
                () -> planNow(request, null) instanceof Refusal refusal ? Optional.of(refusal) : Optional.empty());
    }

    /** An immutable copy of the book. */
    public LedgerSnapshot snapshot() {
        return queue.call(() -> ledger.snapshot());
    }

    /** The cluster as it is now. */
    public Cluster cluster() {
        return ledger.cluster();
    }

    /** The policy that decides. */
    public Policy policy() {
        return policy;
    }

    /**
     * Ends the background thread, after the calls that came in before. Calls after this one fail with {@link
     * IllegalStateException}; closing again does nothing.
     */
    @Override
    public void close() {
        queue.close(() -> {
            planner.close();
            if (rebuilder != null) {
                rebuilder.shutdownNow();
            }
        });
    }

    /** Collects the settings of a scheduler. Not thread-safe. */
    public static final class Builder {
        private final Cluster cluster;
        private Policy policy = Policies.byName("berth");
        private long orderSeed = 1;
        private boolean repeatable;

        private Builder(Cluster cluster) {
            this.cluster = cluster;
        }

        /** Sets the policy; {@code berth} when not called. */
        public Builder policy(Policy chosen) {
            this.policy = chosen;
            return this;
        }

        /** Sets the seed of the fixed order of the nodes, by which ties are decided. */
        public Builder orderSeed(long seed) {
            this.orderSeed = seed;
            return this;
        }

        /** Rebuilds learnt tables at once instead of in the background, so that equal calls have equal results. */
        public Builder repeatable() {
            this.repeatable = true;
            return this;
        }

        /** The scheduler. O(nodes). */
        public Scheduler build() {
            return new Scheduler(this);
        }
    }
}
