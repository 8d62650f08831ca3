package dev.berth.placement;

import org.jspecify.annotations.Nullable;

/**
 * What gangs have in common that share an index.
 *
 * @param demand what each task needs
 * @param mostPerNode most tasks on one node
 * @param segmentTasks tasks that stay together, 1 for none
 * @param segmentTier tier inside which they stay, {@link #ISLAND}, or {@link #NONE}
 * @param oneIsland whether all tasks stay inside one island of one node
 * @param memberOf a tier of which nodes must have a domain, or {@link #NONE}
 * @param kind the nodes that are used, null for all
 */
record GangClass(
        Demand demand,
        int mostPerNode,
        int segmentTasks,
        int segmentTier,
        boolean oneIsland,
        int memberOf,
        @Nullable GangKind kind) {
    static final int NONE = -2;
    static final int ISLAND = -1;

    GangClass ofKind(GangKind of) {
        return new GangClass(demand, mostPerNode, segmentTasks, segmentTier, oneIsland, memberOf, of);
    }

    /** So many tasks on one node, less what is left over when segments stay in islands. */
    int wholeSegments(int tasks) {
        return segmentTier == ISLAND ? tasks - tasks % segmentTasks : tasks;
    }

    /** Tasks that a node has room for as the view shows it. */
    int room(View view, int node) {
        if (oneIsland) {
            return TaskRoom.inOneIsland(view, node, demand, mostPerNode);
        }
        return segmentTier == ISLAND
                ? TaskRoom.inIslands(view, node, demand, mostPerNode, segmentTasks)
                : TaskRoom.on(view, node, demand, mostPerNode);
    }
}
