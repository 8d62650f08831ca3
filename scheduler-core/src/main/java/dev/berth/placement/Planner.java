package dev.berth.placement;

import com.carrotsearch.hppc.ObjectIntHashMap;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the node for a task: the one with the smallest key of the policy, the first of a fixed order among equals. It never
 * scans: for each class of requests it keeps the keys of all nodes under a tree of minima, and when a node has changed it
 * scores that node again for the classes that it has, or had, room for.
 *
 * <p>Planning reads the ledger and never writes to it; {@link #commit} claims on the version that was planned on, and answers
 * {@link Ledger#LOST_RACE} when another writer was faster: plan again then. The fixed order is a random permutation of the nodes
 * by {@code orderSeed}, kept for the planner's life.
 *
 * <p>For one thread at a time; several planners, each with its thread, may share one ledger. A decision costs O(nodes that
 * have changed since the last decision * classes + log nodes) and does not allocate; the first one of a class, and one of a class
 * that has not been asked for in a long time, costs O(nodes). Memory: about 130 bytes a node, and 2.4 bytes a node for each of
 * the classes most recently asked for, within the budget of {@link Options}. A class that was ever asked for is remembered (some
 * hundred bytes) for the planner's life.
 */
public final class Planner {
    private static final Logger LOG = LoggerFactory.getLogger(Planner.class);
    private static final int LOTS = 64;

    private final Ledger ledger;
    private final Engine engine;
    private final Options options;
    private final ObjectIntHashMap<Request> ids = new ObjectIntHashMap<>();
    private final List<Demand> demands = new ArrayList<>();
    private final IndexCache indexes;
    private final SplittableRandom lots;
    private @Nullable CompletableFuture<Object> pending;
    private long pendingNanos;
    private long rebuilds;
    private long rebuildNanos;

    /**
     * How a planner works.
     *
     * @param orderSeed seed of the fixed order of the nodes
     * @param rebuilder runs rebuilds of learnt tables off the decision path, where one that fails is logged and the old tables are
     *     kept; null to run them at once, so that runs repeat
     * @param indexBytes memory for class indexes; the least recently used are dropped and built again when needed
     */
    public record Options(long orderSeed, @Nullable Executor rebuilder, long indexBytes) {
        /** Memory for class indexes unless said otherwise: 512 MiB. */
        public static final long DEFAULT_INDEX_BYTES = 512L << 20;

        /** Rebuilds at once, with the default memory for indexes. */
        public static Options repeatable(long orderSeed) {
            return new Options(orderSeed, null, DEFAULT_INDEX_BYTES);
        }
    }

    /** A planner that rebuilds learnt tables at once, so that equal calls have equal results. */
    public Planner(Ledger ledger, Policy policy, long orderSeed) {
        this(ledger, policy, Options.repeatable(orderSeed));
    }

    /** A planner on a ledger. O(nodes). */
    public Planner(Ledger ledger, Policy policy, Options options) {
        this.ledger = ledger;
        this.options = options;
        engine = new Engine(ledger, policy, Engine.order(ledger.cluster().nodeCount(), options.orderSeed()));
        indexes = new IndexCache(engine, options.indexBytes());
        lots = new SplittableRandom(~options.orderSeed());
    }

    /** The class of a request. Allocates the first time that a class is seen. */
    public Demand demand(Request request) {
        int id = ids.getOrDefault(request, -1);
        if (id < 0) {
            id = demands.size();
            demands.add(new Demand(id, request, ledger.cluster()));
            ids.put(request, id);
        }
        return demands.get(id);
    }

    /**
     * Tells that a task has arrived; the policy learns from it. To be called once for each task, placed or not, before it is
     * first planned; and for each running task after a restart, so that the mix is learnt from what is running.
     */
    public void arrived(Demand demand) {
        engine.refresh();
        engine.scorer.arrived(engine.view, demand, engine);
        installIfDone();
        if (pending == null) {
            NodeScorer.Rebuild due = engine.scorer.rebuildDue();
            if (due != null) {
                start(due);
            }
        }
    }

    private void start(NodeScorer.Rebuild due) {
        long from = System.nanoTime();
        Executor executor = options.rebuilder();
        if (executor == null) {
            install(due.compute());
            rebuildNanos += System.nanoTime() - from;
        } else {
            pendingNanos = from;
            pending = CompletableFuture.supplyAsync(due::compute, executor);
        }
    }

    private void installIfDone() {
        CompletableFuture<Object> done = pending;
        if (done != null && done.isDone()) {
            pending = null;
            try {
                install(done.join());
            } catch (CompletionException e) {
                LOG.warn("the policy's tables could not be rebuilt; it goes on with those that it has", e.getCause());
                return;
            }
            rebuildNanos += System.nanoTime() - pendingNanos;
        }
    }

    private void install(Object tables) {
        engine.scorer.install(engine.view, tables);
        engine.tellAll();
        indexes.invalidate();
        rebuilds++;
    }

    /** Number of rebuilds of learnt tables that have taken effect. */
    public long rebuilds() {
        return rebuilds;
    }

    /** Nanoseconds from the start of each rebuild until it took effect, summed up. */
    public long rebuildNanos() {
        return rebuildNanos;
    }

    /**
     * Plans a task on any node.
     *
     * @param out overwritten when the answer is true
     * @return false when it fits nowhere now
     */
    public boolean plan(Demand demand, Plan out) {
        ClassIndex index = prepare(demand);
        long best = engine.scorer.randomTies() ? bestByLot(index) : index.best();
        if (best == ClassTable.NOWHERE) {
            return false;
        }
        fill(demand, engine.nodeAt[ClassTable.position(best)], ClassTable.key(best), out);
        return true;
    }

    /**
     * Plans a task on one of the given nodes. O(log nodes) when a good node is allowed, and never more than the smaller of the
     * number of allowed nodes and the number of nodes that are better than the best allowed one.
     *
     * @param out overwritten when the answer is true
     * @return false when it fits on none of them now
     */
    public boolean plan(Demand demand, NodeSet allowed, Plan out) {
        if (allowed.universe() != ledger.cluster().nodeCount()) {
            throw new IllegalArgumentException("the set is of " + allowed.universe() + " nodes, allowed: one of "
                    + ledger.cluster().nodeCount());
        }
        ClassIndex index = prepare(demand);
        index.takeOverYoung();
        int position = bestAllowed(index, allowed);
        if (position < 0) {
            return false;
        }
        short key = index.key(position);
        if (engine.scorer.randomTies()) {
            position = byLot(index, key, allowed);
        }
        fill(demand, engine.nodeAt[position], key, out);
        return true;
    }

    private ClassIndex prepare(Demand demand) {
        if (demand.id() >= demands.size() || demands.get(demand.id()) != demand) {
            throw new IllegalArgumentException(
                    demand + " is of another planner, allowed: what demand() of this one made");
        }
        installIfDone();
        engine.refresh();
        return indexes.get(demand);
    }

    private int bestAllowed(ClassIndex index, NodeSet allowed) {
        if (allowed.size() > engine.nodeAt.length >>> 6) {
            return index.first(allowed, engine.nodeAt);
        }
        int best = -1;
        for (int node = allowed.next(0); node >= 0; node = allowed.next(node + 1)) {
            int position = engine.positionOf[node];
            short key = index.key(position);
            if (key != ScoreTrees.NONE
                    && (best < 0 || key < index.key(best) || key == index.key(best) && position < best)) {
                best = position;
            }
        }
        return best;
    }

    private long bestByLot(ClassIndex index) {
        index.takeOverYoung();
        short key = index.minimum();
        return key == ScoreTrees.NONE ? ClassTable.NOWHERE : ClassTable.found(key, byLot(index, key, null));
    }

    /** A position with this key, each equally likely. */
    private int byLot(ClassIndex index, short key, @Nullable NodeSet allowed) {
        int[] nodeAt = engine.nodeAt;
        for (int i = 0; i < LOTS; i++) {
            int position = lots.nextInt(nodeAt.length);
            if (index.key(position) == key && (allowed == null || allowed.contains(nodeAt[position]))) {
                return position;
            }
        }
        int seen = 0;
        int chosen = -1;
        for (int position = 0; position < nodeAt.length; position++) {
            if (index.key(position) == key
                    && (allowed == null || allowed.contains(nodeAt[position]))
                    && lots.nextInt(++seen) == 0) {
                chosen = position;
            }
        }
        return chosen;
    }

    private void fill(Demand demand, int node, short key, Plan out) {
        View view = engine.view;
        out.set(demand, node, view.version(node), key);
        ClaimSpec claim = out.claim();
        claim.clear();
        claim.cpuMilli(demand.cpuMilli()).memoryMib(demand.memoryMib());
        Cluster cluster = view.cluster();
        for (int r = 0; r < cluster.countedNames().size(); r++) {
            claim.counted(r, demand.counted(r));
        }
        if (demand.wholeGpus() > 0) {
            claim.whole(view.gpuTopology(node).bestMask(view.freeGpuMask(node), demand.wholeGpus()));
        } else if (demand.shareMilli() > 0) {
            claim.share(engine.scorer.gpuForShare(view, node, demand), demand.shareMilli());
        } else if (demand.mig()) {
            MigGeometry geometry = cluster.migGeometry(node);
            int profile = demand.migProfile(cluster.migGeometryId(node));
            if (geometry == null || profile < 0) {
                throw new IllegalStateException("node " + cluster.nodeName(node) + " has no "
                        + demand.request().gpus());
            }
            int gpu = engine.scorer.gpuForMig(view, node, demand);
            claim.mig(gpu, profile, geometry.bestStart(profile, view.migOccupancy(node, gpu)));
        }
    }

    /**
     * Claims what was planned. Where the node's rack has a power cap, it is looked at once more: what was committed until now
     * counts, by this planner or by others.
     *
     * @return a handle (positive), or a negative answer of {@link Ledger#claim}; {@link Ledger#LOST_RACE} also when the rack's
     *     power has gone to another task
     */
    public long commit(Plan plan) {
        return bearsPower(plan.node(), plan.demand())
                ? ledger.claim(plan.node(), plan.claim(), plan.version())
                : Ledger.LOST_RACE;
    }

    /**
     * Whether the power cap of a node's rack leaves room for a task now; true when it has none. To be asked by those who claim what was
     * planned in the ledger themselves.
     */
    public boolean bearsPower(int node, Demand demand) {
        if (engine.view.power().cappedRack(node) < 0) {
            return true;
        }
        engine.refresh();
        return engine.view.bearsPower(node, demand);
    }

    /**
     * Why a task fits nowhere, resource by resource. O(nodes), allocates.
     *
     * @param allowed the nodes that it may use, or null for all
     */
    public Refusal explain(Demand demand, @Nullable NodeSet allowed) {
        engine.refresh();
        return new RefusalFinder(engine.view, ledger, demand, allowed).find();
    }

    Engine engine() {
        return engine;
    }

    /** The cluster as it is in the ledger now. */
    public View view() {
        engine.refresh();
        return engine.view;
    }

    /** The ledger that this planner reads and commits to. */
    public Ledger ledger() {
        return ledger;
    }

    /** Ends the planner's subscription to the ledger. */
    public void close() {
        engine.close();
    }
}
