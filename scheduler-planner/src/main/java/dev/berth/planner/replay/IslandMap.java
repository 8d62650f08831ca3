package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import java.util.Arrays;

/** Which island each GPU of a cluster is in, islands numbered from 0 over all nodes. Immutable. */
final class IslandMap {
    private final int[][] islandOf;
    private final int count;

    /**
     * A map.
     *
     * @param islandOf island of each GPU of each node; every number from 0 to the highest is there
     */
    IslandMap(int[][] islandOf) {
        this.islandOf = islandOf;
        int most = -1;
        for (int[] ofNode : islandOf) {
            for (int island : ofNode) {
                most = Math.max(most, island);
            }
        }
        count = most + 1;
    }

    /** The islands of a cluster: NVLink domains over nodes, and in other nodes what their links join. */
    static IslandMap of(Cluster cluster) {
        int[][] islandOf = new int[cluster.nodeCount()][];
        int[] ofDomain = new int[cluster.nvlinkDomains().size()];
        Arrays.fill(ofDomain, -1);
        int next = 0;
        for (int node = 0; node < islandOf.length; node++) {
            islandOf[node] = new int[cluster.gpuCount(node)];
            int domain = cluster.nvlinkDomainId(node);
            if (domain < 0) {
                GpuTopology links = cluster.gpuTopology(node);
                for (int gpu = 0; gpu < islandOf[node].length; gpu++) {
                    islandOf[node][gpu] = next + links.islandOf(gpu);
                }
                next += links.islandCount();
            } else {
                ofDomain[domain] = ofDomain[domain] < 0 ? next++ : ofDomain[domain];
                Arrays.fill(islandOf[node], ofDomain[domain]);
            }
        }
        return new IslandMap(islandOf);
    }

    /** Number of islands. */
    int count() {
        return count;
    }

    /** Number of nodes. */
    int nodeCount() {
        return islandOf.length;
    }

    /** Number of GPUs of a node. */
    int gpuCount(int node) {
        return islandOf[node].length;
    }

    /** Island of a GPU. */
    int of(int node, int gpu) {
        return islandOf[node][gpu];
    }
}
