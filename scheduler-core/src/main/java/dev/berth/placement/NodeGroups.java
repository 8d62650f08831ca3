package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a cluster, sorted into <em>kinds</em> and <em>groups</em>, which the tables of the expected-fill policy are
 * made for. A kind is a GPU model with a GPU memory; the nodes of a group are equal in kind, GPUs, cores and memory. GPUs in
 * MIG mode belong to a kind but not to a group, because no task gets all GPUs of such a node.
 *
 * <p>Immutable.
 */
final class NodeGroups {
    private final Cluster cluster;
    private final int[] kind;
    private final int[] group;
    private final List<Kind> kinds = new ArrayList<>();
    private final List<int[]> members = new ArrayList<>();
    private long plainMilli;

    /** What the nodes of one GPU model with one GPU memory have in common; {@code node} is the first of them. */
    static final class Kind {
        private final int node;
        private int mostPlain;
        private int mostMig;
        private int mostCpuMilli;
        private long plainMilli;
        private @Nullable MigGeometry geometry;

        private Kind(int node) {
            this.node = node;
        }

        /** One of the nodes. */
        int node() {
            return node;
        }

        /** Most GPUs of a node that are not in MIG mode. */
        int mostPlain() {
            return mostPlain;
        }

        /** Most GPUs of a node that are in MIG mode. */
        int mostMig() {
            return mostMig;
        }

        /** All GPUs that are not in MIG mode, in milli-GPU. */
        long plainMilli() {
            return plainMilli;
        }

        /** The MIG geometry, null when no GPU is in MIG mode. */
        @Nullable
        MigGeometry geometry() {
            return geometry;
        }

        /** What a column of {@link NodeTable} stands for: as many whole cores as let the largest node fit into the table. */
        int coreUnitMilli() {
            int columnMilli = NodeTable.LAST_CORE * 1000;
            return 1000 * Math.max(1, (mostCpuMilli + columnMilli - 1) / columnMilli);
        }
    }

    private record KindKey(int model, int gpuMemoryMib) {}

    private record GroupKey(int kind, int gpus, int cpuMilli, long memoryMib) {}

    NodeGroups(Cluster cluster) {
        int nodes = cluster.nodeCount();
        this.cluster = cluster;
        kind = new int[nodes];
        group = new int[nodes];
        Arrays.fill(kind, -1);
        Arrays.fill(group, -1);
        Map<KindKey, Integer> kindIds = new HashMap<>();
        Map<GroupKey, Integer> groupIds = new HashMap<>();
        List<Integer> sizes = new ArrayList<>();
        for (int node = 0; node < nodes; node++) {
            if (cluster.gpuCount(node) == 0) {
                continue;
            }
            KindKey key = new KindKey(cluster.gpuModelId(node), cluster.gpuMemoryMib(node));
            int id = kindIds.computeIfAbsent(key, k -> kinds.size());
            if (id == kinds.size()) {
                kinds.add(new Kind(node));
            }
            kind[node] = id;
            count(kinds.get(id), node);
            if (cluster.migGpuMask(node) == 0) {
                GroupKey of = new GroupKey(id, cluster.gpuCount(node), cluster.cpuMilli(node), cluster.memoryMib(node));
                group[node] = groupIds.computeIfAbsent(of, k -> groupIds.size());
                if (group[node] == sizes.size()) {
                    sizes.add(0);
                }
                sizes.set(group[node], sizes.get(group[node]) + 1);
            }
        }
        collectMembers(sizes);
    }

    private void count(Kind of, int node) {
        int mig = Integer.bitCount(cluster.migGpuMask(node));
        int plain = cluster.gpuCount(node) - mig;
        of.mostPlain = Math.max(of.mostPlain, plain);
        of.mostMig = Math.max(of.mostMig, mig);
        of.mostCpuMilli = Math.max(of.mostCpuMilli, cluster.cpuMilli(node));
        of.plainMilli += 1000L * plain;
        if (mig > 0) {
            of.geometry = cluster.migGeometry(node);
        }
        plainMilli += 1000L * plain;
    }

    private void collectMembers(List<Integer> sizes) {
        for (int size : sizes) {
            members.add(new int[size]);
        }
        int[] filled = new int[sizes.size()];
        for (int node = 0; node < group.length; node++) {
            int g = group[node];
            if (g >= 0) {
                members.get(g)[filled[g]++] = node;
            }
        }
    }

    Cluster cluster() {
        return cluster;
    }

    /** Kind of a node, -1 for a node without GPUs. */
    int kind(int node) {
        return kind[node];
    }

    /** Group of a node, -1 for a node without GPUs or with GPUs in MIG mode. */
    int group(int node) {
        return group[node];
    }

    /** The kinds; the position is the id. */
    List<Kind> kinds() {
        return kinds;
    }

    int groupCount() {
        return members.size();
    }

    /** The nodes of a group, ascending; not to be changed. */
    int[] members(int groupId) {
        return members.get(groupId);
    }

    /** All GPUs of the cluster that are not in MIG mode, in milli-GPU. */
    long plainMilli() {
        return plainMilli;
    }
}
