package dev.berth.placement;

import dev.berth.cluster.Topology;
import java.util.Arrays;

/** Nodes with a number of tasks each; grows as needed and is used again. */
final class NodeTasks {
    private static final int COUNT_BITS = 11;
    private static final int POSITION_BITS = 20;

    // First position of the segment's domain (20) | position in fabric order (20) | tasks (11).
    private long[] words = new long[64];
    private int[] nodes = new int[64];
    private int[] tasks = new int[64];
    private int size;

    void clear() {
        size = 0;
    }

    void add(int node, int count) {
        if (size == nodes.length) {
            nodes = Arrays.copyOf(nodes, 2 * size);
            tasks = Arrays.copyOf(tasks, 2 * size);
        }
        nodes[size] = node;
        tasks[size] = count;
        size++;
    }

    /** Forgets what was added after the first entries. */
    void truncate(int to) {
        size = to;
    }

    int size() {
        return size;
    }

    int node(int i) {
        return nodes[i];
    }

    int tasks(int i) {
        return tasks[i];
    }

    /**
     * Sorts by position in fabric order; entries of one node become one.
     *
     * @param segmentTier tier whose domains are not interrupted even where they cross others, negative for none
     */
    void sort(Topology topology, int segmentTier) {
        if (words.length < size) {
            words = new long[nodes.length];
        }
        for (int i = 0; i < size; i++) {
            int first = segmentTier < 0
                    ? 0
                    : topology.positionOf(topology.member(segmentTier, topology.domainOf(segmentTier, nodes[i]), 0));
            words[i] = (long) first << POSITION_BITS + COUNT_BITS
                    | (long) topology.positionOf(nodes[i]) << COUNT_BITS
                    | tasks[i];
        }
        LongSort.sort(words, 0, size);
        int distinct = 0;
        for (int i = 0; i < size; i++) {
            int node = topology.nodeAt((int) (words[i] >>> COUNT_BITS) & (1 << POSITION_BITS) - 1);
            int count = (int) words[i] & (1 << COUNT_BITS) - 1;
            if (distinct > 0 && nodes[distinct - 1] == node) {
                tasks[distinct - 1] += count;
            } else {
                nodes[distinct] = node;
                tasks[distinct] = count;
                distinct++;
            }
        }
        size = distinct;
    }
}
