package dev.berth.placement;

import org.jspecify.annotations.Nullable;

/**
 * The part of a policy that belongs to one planner: it ranks the nodes on which a demand fits. The planner caches the ranks
 * per class and asks again only for nodes that have changed, so a key may depend on the node, the demand and what
 * {@link #arrived} told, and on nothing else.
 *
 * <p>Called by one thread at a time.
 */
public interface NodeScorer {
    /** Smallest key that {@link #key} may answer. */
    int MIN_KEY = Short.MIN_VALUE;
    /** Largest key that {@link #key} may answer. */
    int MAX_KEY = Short.MAX_VALUE - 1;

    /**
     * Rank of a node for a demand: the smallest key wins, and among equal keys the first node of the fixed order.
     *
     * @param view the cluster as the planner sees it
     * @param node a node on which the demand fits
     * @return {@link #MIN_KEY} to {@link #MAX_KEY}; values outside are brought to the nearer end
     */
    int key(View view, int node, Demand demand);

    /**
     * The GPU of the chosen node that a share goes to. The default is the tightest that fits, among equals that
     * which spares islands most ({@link View#sparingIslands}).
     *
     * @return index of a GPU with at least {@link Demand#shareMilli()} free
     */
    default int gpuForShare(View view, int node, Demand demand) {
        return view.sparingIslands(node, view.tightestGpu(node, demand.shareMilli()));
    }

    /**
     * The GPU in MIG mode of the chosen node that a MIG profile goes to; where on it {@link
     * dev.berth.cluster.MigGeometry#bestStart} says. The default is the fullest on which the profile can still start.
     *
     * @return index of a GPU on which the profile can start
     */
    default int gpuForMig(View view, int node, Demand demand) {
        return view.tightestMigGpu(node, demand);
    }

    /** Whether equal keys are decided by lot instead of by the fixed order; for baselines only. */
    default boolean randomTies() {
        return false;
    }

    /** Tells that a node has changed (or is seen for the first time), before it is scored again. */
    default void nodeChanged(View view, int node) {}

    /**
     * Tells that a task of this class has arrived, placed or not, before it is planned.
     *
     * @param stale where to say which nodes' keys are no longer what they were
     */
    default void arrived(View view, Demand demand, Stale stale) {}

    /**
     * A rebuild of learnt tables that is due now, or null. Asked after each {@link #arrived}. The planner runs it, at once or
     * on another thread, and hands its result to {@link #install}; until then it asks no further.
     */
    default @Nullable Rebuild rebuildDue() {
        return null;
    }

    /**
     * Takes the result of a {@link Rebuild}. All keys are asked anew afterwards, and {@link #nodeChanged} is called for every
     * node first.
     */
    default void install(View view, Object tables) {}

    /** A computation that shares no mutable state with the scorer, so that any thread may run it. */
    @FunctionalInterface
    interface Rebuild {
        /** The new tables. */
        Object compute();
    }

    /** Takes note of keys that have changed although their nodes have not. */
    interface Stale {
        /** The keys of one node, as it stands. */
        void node(int node);

        /**
         * Some keys, be it of nodes as they stand or as they stood a moment ago: a node that soon becomes again what it was is
         * scored anew. To be told before the nodes.
         */
        default void keys() {}
    }
}
