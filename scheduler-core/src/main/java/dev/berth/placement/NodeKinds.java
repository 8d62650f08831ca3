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
 * The nodes of a cluster, sorted into <em>kinds</em> and <em>shapes</em>, which the tables of the expected-fill policy are
 * made for. A kind is a GPU model with a GPU memory; the nodes of a shape are equal in kind, GPUs, cores and memory. Nodes with
 * GPUs in MIG mode are of a kind but of no shape, because no task gets all GPUs of such a node.
 *
 * <p>Immutable.
 */
final class NodeKinds {
    private final Cluster cluster;
    private final int[] kind;
    private final int[] shape;
    private final List<Kind> kinds = new ArrayList<>();
    private final List<int[]> members = new ArrayList<>();
    private long plainMilli;
    private long cpuMilli;

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

    private record ShapeKey(int kind, int gpus, int cpuMilli, long memoryMib) {}

    NodeKinds(Cluster cluster) {
        int nodes = cluster.nodeCount();
        this.cluster = cluster;
        kind = new int[nodes];
        shape = new int[nodes];
        Arrays.fill(kind, -1);
        Arrays.fill(shape, -1);
        Map<KindKey, Integer> kindIds = new HashMap<>();
        Map<ShapeKey, Integer> shapeIds = new HashMap<>();
        List<Integer> sizes = new ArrayList<>();
        for (int node = 0; node < nodes; node++) {
            cpuMilli += cluster.cpuMilli(node);
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
                ShapeKey of = new ShapeKey(id, cluster.gpuCount(node), cluster.cpuMilli(node), cluster.memoryMib(node));
                shape[node] = shapeIds.computeIfAbsent(of, k -> shapeIds.size());
                if (shape[node] == sizes.size()) {
                    sizes.add(0);
                }
                sizes.set(shape[node], sizes.get(shape[node]) + 1);
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
        for (int node = 0; node < shape.length; node++) {
            int g = shape[node];
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

    /** Shape of a node, -1 for a node without GPUs or with GPUs in MIG mode. */
    int shape(int node) {
        return shape[node];
    }

    /** The kinds; the position is the id. */
    List<Kind> kinds() {
        return kinds;
    }

    int shapeCount() {
        return members.size();
    }

    /** The nodes of a shape, ascending; not to be changed. */
    int[] members(int shapeId) {
        return members.get(shapeId);
    }

    /** All GPUs of the cluster that are not in MIG mode, in milli-GPU. */
    long plainMilli() {
        return plainMilli;
    }

    /** All CPU of the cluster, in 1/1000 of a core. */
    long cpuMilli() {
        return cpuMilli;
    }
}
