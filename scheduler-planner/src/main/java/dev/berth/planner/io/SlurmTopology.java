package dev.berth.planner.io;

import java.util.List;

/**
 * What Slurm knows of which nodes are near each other: a tree of switches (topology/tree) or blocks of nodes (topology/block).
 * Immutable.
 *
 * @param name what {@code topology.yaml} calls it; empty for a {@code topology.conf}, which holds one
 * @param switches the switches of a tree, in the order of the file; empty for blocks
 * @param blocks the blocks, in the order of the file; empty for a tree
 * @param blockSizes numbers of nodes for which Slurm plans; empty when the file names none
 */
public record SlurmTopology(String name, List<Switch> switches, List<Block> blocks, List<Integer> blockSizes) {
    /**
     * A switch.
     *
     * @param name unique in the file
     * @param switches the switches below it
     * @param nodes the nodes that the line names
     * @param line where it stands
     */
    public record Switch(String name, List<String> switches, List<String> nodes, int line) {}

    /**
     * A block of nodes.
     *
     * @param name unique in the file
     * @param nodes the nodes of the block
     * @param line where it stands
     */
    public record Block(String name, List<String> nodes, int line) {}
}
