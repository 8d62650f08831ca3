package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.Topology;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tries every node and every set of GPUs for each further task of a gang that runs, and says in which tier the best of all
 * these ways is. Knows the rules as they are written for users: what a gang may look like when all its ranks stand.
 */
final class NaiveExtension {
    private final Cluster cluster;
    private final Topology topology;
    private final GangRequest request;
    private final NaivePower power;
    private final int gpus;
    private final int[] freeMask;
    private final int[] freeCpu;
    private int[] node = new int[0];
    private int[] mask = new int[0];
    private boolean[] isNew = new boolean[0];
    private int[] newRanks = new int[0];
    private int best;

    NaiveExtension(Cluster cluster, Ledger ledger, GangRequest request) {
        this.cluster = cluster;
        this.request = request;
        topology = cluster.topology();
        power = new NaivePower(cluster, ledger);
        gpus = ((GpuDemand.Whole) request.task().gpus()).count();
        freeMask = new int[cluster.nodeCount()];
        freeCpu = new int[cluster.nodeCount()];
        NodeReading reading = new NodeReading();
        for (int n = 0; n < freeMask.length; n++) {
            ledger.read(n, reading);
            boolean may = reading.allocatable() && !request.excludedNodes().contains(cluster.nodeName(n));
            freeMask[n] = may ? reading.freeGpuMask() : 0;
            freeCpu[n] = (int) reading.cpuFreeMilli();
        }
    }

    /** The lowest tier in which these ranks can stand beside the others, -1 when they cannot. */
    int bestTier(GangMembers members, int... ranks) {
        int size = members.size();
        for (int rank : ranks) {
            size = Math.max(size, rank + 1);
        }
        node = new int[size];
        mask = new int[size];
        isNew = new boolean[size];
        newRanks = ranks;
        for (int rank : ranks) {
            isNew[rank] = true;
        }
        for (int rank = 0; rank < size; rank++) {
            if (!isNew[rank]) {
                node[rank] = members.node(rank);
                mask[rank] = members.gpuMask(rank);
            }
        }
        best = Integer.MAX_VALUE;
        tryFrom(0);
        return best == Integer.MAX_VALUE ? -1 : best;
    }

    /** Whether a gang stands as it asked, as far as that can be seen from its nodes and GPUs. */
    boolean stands(GangMembers members) {
        newRanks = new int[0];
        node = new int[members.size()];
        mask = new int[members.size()];
        for (int rank = 0; rank < node.length; rank++) {
            node[rank] = members.node(rank);
            mask[rank] = members.gpuMask(rank);
        }
        return mayStand();
    }

    private void tryFrom(int i) {
        if (i == newRanks.length) {
            if (mayStand()) {
                best = Math.min(best, tier());
            }
            return;
        }
        int rank = newRanks[i];
        for (int n = 0; n < freeMask.length; n++) {
            node[rank] = n;
            if (!hasRoomFor(i)) {
                continue;
            }
            int free = freeMask[n];
            for (int of = free; of != 0; of = of - 1 & free) {
                if (Integer.bitCount(of) == gpus) {
                    freeMask[n] = free & ~of;
                    mask[rank] = of;
                    tryFrom(i + 1);
                }
            }
            freeMask[n] = free;
        }
    }

    private boolean hasRoomFor(int i) {
        int n = node[newRanks[i]];
        int added = 1;
        for (int j = 0; j < i; j++) {
            added += node[newRanks[j]] == n ? 1 : 0;
        }
        int before = 0;
        for (int rank = 0; rank < node.length; rank++) {
            before += !isNew[rank] && node[rank] == n ? 1 : 0;
        }
        return added + before <= request.maxTasksPerNode()
                && added * request.task().cpuMilli() <= freeCpu[n];
    }

    private boolean mayStand() {
        return insideRequiredTier() && same() && segmentsHold() && isSpread() && railsAgree() && power.bears(newGpus());
    }

    private int[] newGpus() {
        int[] more = new int[freeMask.length];
        for (int rank : newRanks) {
            more[node[rank]] += gpus;
        }
        return more;
    }

    private int tier() {
        int tier = 0;
        while (!together(tier, 0, node.length)) {
            tier++;
        }
        return tier;
    }

    private boolean together(int tier, int from, int to) {
        int domain = topology.domainOf(tier, node[from]);
        boolean all = domain >= 0;
        for (int rank = from; rank < to; rank++) {
            all &= topology.domainOf(tier, node[rank]) == domain;
        }
        return all;
    }

    private boolean inOneIsland(int from, int to) {
        GpuTopology links = cluster.gpuTopology(node[from]);
        int all = 0;
        for (int rank = from; rank < to; rank++) {
            all |= mask[rank];
        }
        boolean found = false;
        for (int i = 0; i < links.islandCount(); i++) {
            found |= (all & ~links.islandMask(i)) == 0;
        }
        return found && together(0, from, to);
    }

    private boolean inOne(String tier, int from, int to) {
        return tier.equals(GangRequest.ISLAND) ? inOneIsland(from, to) : together(topology.tier(tier), from, to);
    }

    private boolean insideRequiredTier() {
        return request.requiredTier() == null || inOne(request.requiredTier(), 0, node.length);
    }

    private boolean same() {
        Set<List<Object>> kinds = new HashSet<>();
        for (int n : node) {
            List<Object> kind = new ArrayList<>();
            if (request.sameModel()) {
                kind.add(cluster.gpuModelId(n));
            }
            for (String label : request.sameLabels()) {
                if (!cluster.labels(n).containsKey(label)) {
                    return false;
                }
                kind.add(cluster.labels(n).get(label));
            }
            kinds.add(kind);
        }
        return kinds.size() == 1;
    }

    private boolean segmentsHold() {
        int each = request.segmentTasks();
        boolean hold = true;
        for (int from = 0; from < node.length && request.segmentTier() != null; from += each) {
            hold &= inOne(request.segmentTier(), from, from + each);
        }
        return hold;
    }

    private boolean isSpread() {
        if (request.spreadTier() == null) {
            return true;
        }
        int tier = topology.tier(request.spreadTier());
        int each = request.segmentTasks();
        Map<Integer, Integer> shares = new HashMap<>();
        for (int from = 0; from < node.length; from += each) {
            if (!together(tier, from, from + each)) {
                return false;
            }
            shares.merge(topology.domainOf(tier, node[from]), 1, Integer::sum);
        }
        int most = shares.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
        int least = shares.values().stream().mapToInt(Integer::intValue).min().orElseThrow();
        return shares.size() >= request.minDomains() && most - least <= 1;
    }

    /** All nodes give the same GPUs, on the same rails, but for one, which gives fewer of them. */
    private boolean railsAgree() {
        if (!request.railAligned()) {
            return true;
        }
        Map<Integer, Integer> given = new HashMap<>();
        Set<List<Integer>> rails = new HashSet<>();
        for (int rank = 0; rank < node.length; rank++) {
            given.merge(node[rank], mask[rank], (a, b) -> a | b);
            List<Integer> ofNode = new ArrayList<>();
            for (int gpu = 0; gpu < cluster.gpuCount(node[rank]); gpu++) {
                ofNode.add(cluster.gpuTopology(node[rank]).railOf(gpu));
            }
            rails.add(ofNode);
        }
        if (rails.size() > 1 || rails.iterator().next().contains(-1)) {
            return false;
        }
        int set = 0;
        for (int of : given.values()) {
            set = Integer.bitCount(of) > Integer.bitCount(set) ? of : set;
        }
        int fewer = 0;
        for (int of : given.values()) {
            fewer += of == set ? 0 : 1;
            if ((of & ~set) != 0) {
                return false;
            }
        }
        return fewer <= 1;
    }
}
