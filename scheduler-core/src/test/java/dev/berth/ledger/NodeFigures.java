package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * What a node's figures must be, added up from the list of its claims and nothing else. The rules are written down here a
 * second time, on purpose slowly and without the ledger's words and masks.
 */
record NodeFigures(
        long cpuFreeMilli,
        long memoryFreeMib,
        List<Long> countedFree,
        int freeGpuMask,
        List<Integer> lanes,
        long claimCounts,
        long cpuOnlyMilli,
        long cpuOnlyMemoryMib,
        int liveClaims,
        boolean overcommitted) {

    static NodeFigures of(Cluster cluster, int node, Collection<ClaimSpec> claims) {
        long cpu = cluster.cpuMilli(node);
        long memory = cluster.memoryMib(node);
        long[] counted = new long[cluster.countedNames().size()];
        Arrays.setAll(counted, r -> cluster.counted(node, r));
        int[] heldMilli = new int[Cluster.MAX_GPUS_PER_NODE];
        int[] occupancy = new int[Cluster.MAX_GPUS_PER_NODE];
        int[] byKind = new int[NodeReading.CLAIM_KINDS];
        long cpuOnly = 0;
        long memoryOnly = 0;
        boolean over = false;
        for (ClaimSpec claim : claims) {
            cpu -= claim.cpuMilli();
            memory -= claim.memoryMib();
            for (int r = 0; r < counted.length; r++) {
                counted[r] -= claim.counted(r);
            }
            switch (claim.kind()) {
                case NONE -> {
                    cpuOnly += claim.cpuMilli();
                    memoryOnly += claim.memoryMib();
                }
                case WHOLE -> {
                    byKind[kindOfWhole(claim.gpuCount())]++;
                    for (int gpu = 0; gpu < Cluster.MAX_GPUS_PER_NODE; gpu++) {
                        if ((claim.gpuMask() >>> gpu & 1) != 0) {
                            heldMilli[gpu] += 1000;
                            over |= !isPlain(cluster, node, gpu);
                        }
                    }
                }
                case SHARE -> {
                    byKind[0]++;
                    heldMilli[claim.gpu()] += claim.shareMilli();
                    over |= !isPlain(cluster, node, claim.gpu());
                }
                case MIG -> {
                    byKind[5]++;
                    int takes = occupancyOf(cluster, node, claim);
                    over |= takes < 0 || (occupancy[claim.gpu()] & takes) != 0;
                    occupancy[claim.gpu()] |= takes < 0 ? 0xFF : takes;
                }
            }
        }
        over |= cpu < 0 || memory < 0 || Arrays.stream(counted).anyMatch(free -> free < 0);
        int freeMask = 0;
        List<Integer> lanes = new ArrayList<>();
        for (int gpu = 0; gpu < Cluster.MAX_GPUS_PER_NODE; gpu++) {
            over |= heldMilli[gpu] > 1000;
            if (gpu < cluster.gpuCount(node)) {
                boolean plain = isPlain(cluster, node, gpu);
                lanes.add(plain ? Math.max(0, 1000 - heldMilli[gpu]) : occupancy[gpu]);
                freeMask |= plain && heldMilli[gpu] == 0 ? 1 << gpu : 0;
            }
        }
        long counts = 0;
        for (int kind = 0; kind < byKind.length; kind++) {
            counts |= (long) byKind[kind] << 10 * kind;
        }
        return new NodeFigures(
                cpu,
                memory,
                Arrays.stream(counted).boxed().toList(),
                freeMask,
                lanes,
                counts,
                cpuOnly,
                memoryOnly,
                claims.size(),
                over);
    }

    static NodeFigures of(Cluster cluster, int node, NodeReading reading) {
        List<Long> counted = new ArrayList<>();
        for (int r = 0; r < cluster.countedNames().size(); r++) {
            counted.add(reading.countedFree(r));
        }
        List<Integer> lanes = new ArrayList<>();
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            lanes.add(isPlain(cluster, node, gpu) ? reading.gpuFreeMilli(gpu) : reading.migOccupancy(gpu));
        }
        return new NodeFigures(
                reading.cpuFreeMilli(),
                reading.memoryFreeMib(),
                counted,
                reading.freeGpuMask(),
                lanes,
                reading.claimCounts(),
                reading.cpuOnlyMilli(),
                reading.cpuOnlyMemoryMib(),
                reading.liveClaims(),
                reading.overcommitted());
    }

    /** Whether a claim could join: the node's claims with it would not exceed what the node has. */
    static boolean haveRoom(Cluster cluster, int node, Collection<ClaimSpec> claims, ClaimSpec joining) {
        boolean named = joining.kind() == ClaimSpec.Kind.NONE
                || joining.gpuMask() != 0 && (joining.kind() != ClaimSpec.Kind.MIG || joining.migStart() >= 0);
        if (!named) {
            return false;
        }
        List<ClaimSpec> all = new ArrayList<>(claims);
        all.add(joining);
        return !of(cluster, node, all).overcommitted();
    }

    static boolean isPlain(Cluster cluster, int node, int gpu) {
        return gpu < cluster.gpuCount(node) && (cluster.migGpuMask(node) >>> gpu & 1) == 0;
    }

    /** Slices of an instance, or -1 when the node has no such instance. */
    private static int occupancyOf(Cluster cluster, int node, ClaimSpec claim) {
        MigGeometry geometry = cluster.migGeometry(node);
        if (geometry == null
                || claim.gpu() >= cluster.gpuCount(node)
                || isPlain(cluster, node, claim.gpu())
                || claim.migProfile() >= geometry.profileCount()
                || (geometry.startMask(claim.migProfile()) >>> claim.migStart() & 1) == 0) {
            return -1;
        }
        return geometry.occupancyOf(claim.migProfile(), claim.migStart());
    }

    private static int kindOfWhole(int gpus) {
        return switch (gpus) {
            case 1 -> 1;
            case 2 -> 2;
            case 4 -> 3;
            case 8 -> 4;
            default -> 5;
        };
    }
}
