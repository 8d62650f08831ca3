package dev.berth.placement;

import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.GangClaim;
import org.jspecify.annotations.Nullable;

/**
 * Where {@link GangPlanner#plan} would put the tasks of a gang, on which versions of the nodes. Ranks are in fabric order, so
 * that neighbours in rank are neighbours in the fabric. A mutable buffer that the caller owns and uses again. Not thread-safe.
 */
public final class GangPlan {
    private static final int[] NO_RANKS = {};

    private @Nullable GangDemand demand;
    private int tier;
    private int neededTier;
    private int[] ranks = NO_RANKS;
    private double oversubscription;
    private double oversubscriptionBefore;
    private final GangClaim gang = new GangClaim();
    private final ClaimSpec claim = new ClaimSpec();

    void begin(GangDemand of, int needed) {
        begin(of, needed, 0, NO_RANKS);
    }

    /** Begins a plan to grow or to replace, of tasks with these ranks. */
    void begin(GangDemand of, int before, double oversubscribedBefore, int[] ranksOfTasks) {
        demand = of;
        gang.clear();
        neededTier = before;
        oversubscriptionBefore = oversubscribedBefore;
        ranks = ranksOfTasks;
    }

    void tier(int reached, double oversubscribed) {
        tier = reached;
        oversubscription = oversubscribed;
    }

    /** Adds the next rank. */
    void add(int node, long version, ClaimSpec of) {
        gang.add(node, version, of);
    }

    /** What a commit claims. */
    GangClaim gangClaim() {
        return gang;
    }

    /**
     * What was planned.
     *
     * @throws IllegalStateException if nothing has been planned into this buffer
     */
    public GangDemand demand() {
        if (demand == null) {
            throw new IllegalStateException("nothing has been planned into this buffer");
        }
        return demand;
    }

    /**
     * Number of tasks, which are numbered {@code 0 .. tasks() - 1}: the ranks of a gang, but in a plan to grow or to replace, which
     * has the further tasks only; {@link #rank} says which ranks they are. 0 when nothing has been planned into this buffer.
     */
    public int tasks() {
        return gang.size();
    }

    /** The rank of a task in its gang. */
    public int rank(int task) {
        return ranks.length == 0 ? task : ranks[task];
    }

    /** The node of a task. */
    public int node(int task) {
        return gang.node(task);
    }

    /** Version of the node of a task that the plan was made on. */
    public long version(int task) {
        return gang.expectedVersion(task);
    }

    /**
     * What a task claims: which GPUs, CPU, memory, counted resources.
     *
     * @return a buffer that the next call overwrites; not to be changed
     */
    public ClaimSpec claim(int task) {
        gang.spec(task, claim);
        return claim;
    }

    /** Handle of a task's claim after {@link GangPlanner#commit} has succeeded, else 0. Releasing it releases this task only. */
    public long handle(int task) {
        return gang.handle(task);
    }

    /** Lowest tier of {@link dev.berth.cluster.Topology#tiers()} with a domain that holds all the tasks as planned. */
    public int tier() {
        return tier;
    }

    /**
     * Lowest tier with a domain that could hold as many tasks if the cluster were empty; of a plan to grow or to replace, the lowest
     * tier with a domain that held the gang before, lost tasks included where their nodes are still there.
     */
    public int neededTier() {
        return neededTier;
    }

    /**
     * What the tasks of the gang as planned can ask for over what the network between them carries when all send at once, at
     * the narrowest place: the product of {@link dev.berth.cluster.FabricSwitch#oversubscription} over the switches that their traffic leaves
     * upwards. 1 when it leaves none, or only non-blocking ones: each task has its whole line rate; at 3 it has a third. 0 when
     * a switch on the way does not say, or there is none above them all.
     */
    public double oversubscription() {
        return oversubscription;
    }

    /** Of a plan to grow or to replace, what {@link #oversubscription()} was of the gang before; else 0. */
    public double oversubscriptionBefore() {
        return oversubscriptionBefore;
    }
}
