package dev.berth.placement;

/**
 * What gangs have in common that share an index.
 *
 * @param demand what each task needs
 * @param mostPerNode most tasks on one node
 * @param segmentTasks tasks that stay together, 1 for none
 * @param segmentTier tier inside which they stay, {@link #ISLAND}, or {@link #NONE}
 * @param oneIsland whether all tasks stay inside one island of one node
 * @param memberOf a tier of which nodes must have a domain, or {@link #NONE}
 * @param kind which of the kinds of equal nodes, or {@link #NONE} for all
 */
record GangClass(
        Demand demand, int mostPerNode, int segmentTasks, int segmentTier, boolean oneIsland, int memberOf, int kind) {
    static final int NONE = -2;
    static final int ISLAND = -1;
}
