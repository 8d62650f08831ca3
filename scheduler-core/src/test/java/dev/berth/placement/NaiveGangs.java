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
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tries every way of putting the tasks of a gang on the nodes of a small cluster, one number of tasks per node after the other,
 * and says in which tier the best of them is. Knows the rules as they are written for users, and no index.
 */
final class NaiveGangs {
    private final Cluster cluster;
    private final Topology topology;
    private final Ledger ledger;
    private final GangRequest request;
    private final int gpus;
    private final NaivePower power;
    private int[] count = new int[0];
    private int best;

    NaiveGangs(Cluster cluster, Ledger ledger, GangRequest request) {
        this.cluster = cluster;
        this.ledger = ledger;
        this.request = request;
        topology = cluster.topology();
        power = new NaivePower(cluster, ledger);
        gpus = ((GpuDemand.Whole) request.task().gpus()).count();
    }

    /** The lowest tier in which so many tasks can stand, -1 when they cannot. */
    int bestTier(int tasks) {
        count = new int[cluster.nodeCount()];
        best = Integer.MAX_VALUE;
        tryFrom(0, tasks);
        return best == Integer.MAX_VALUE ? -1 : best;
    }

    private void tryFrom(int node, int rest) {
        if (node == count.length) {
            if (rest == 0 && mayStand(count)) {
                best = Math.min(best, tierOf(count));
            }
            return;
        }
        for (int here = 0; here <= rest && (here == 0 || fits(node, here)); here++) {
            count[node] = here;
            tryFrom(node + 1, rest - here);
        }
        count[node] = 0;
    }

    private int free(int node) {
        NodeReading reading = new NodeReading();
        ledger.read(node, reading);
        return reading.freeGpuMask();
    }

    private boolean fits(int node, int tasks) {
        NodeReading reading = new NodeReading();
        ledger.read(node, reading);
        String model = cluster.gpuModels().get(cluster.gpuModelId(node));
        return tasks <= request.maxTasksPerNode()
                && !request.excludedNodes().contains(cluster.nodeName(node))
                && (request.task().gpuModels().isEmpty()
                        || request.task().gpuModels().contains(model))
                && Integer.bitCount(reading.freeGpuMask()) >= tasks * gpus
                && reading.allocatable()
                && reading.cpuFreeMilli() >= (long) tasks * request.task().cpuMilli();
    }

    /** Whether tasks may stand so, besides that each node has room. */
    boolean mayStand(int[] tasksOn) {
        return bearsPower(tasksOn)
                && insideRequiredTier(tasksOn)
                && same(tasksOn)
                && segmentsHold(tasksOn)
                && isSpread(tasksOn)
                && railsAgree(tasksOn);
    }

    private boolean bearsPower(int[] tasksOn) {
        int[] more = tasksOn.clone();
        for (int node = 0; node < more.length; node++) {
            more[node] *= gpus;
        }
        return power.bears(more);
    }

    private boolean insideRequiredTier(int[] tasksOn) {
        String tier = request.requiredTier();
        if (tier == null) {
            return true;
        }
        if (tier.equals(GangRequest.ISLAND)) {
            List<Integer> used = used(tasksOn);
            return used.size() == 1 && inIsland(used.get(0), tasksOn[used.get(0)] * gpus);
        }
        return domains(tasksOn, topology.tier(tier)).size() == 1
                && !domains(tasksOn, topology.tier(tier)).contains(-1);
    }

    private boolean inIsland(int node, int wanted) {
        GpuTopology links = cluster.gpuTopology(node);
        for (int i = 0; i < links.islandCount(); i++) {
            if (Integer.bitCount(links.islandMask(i) & free(node)) >= wanted) {
                return true;
            }
        }
        return false;
    }

    private boolean same(int[] tasksOn) {
        Set<List<Object>> kinds = new HashSet<>();
        for (int node : used(tasksOn)) {
            List<Object> kind = new ArrayList<>();
            if (request.sameModel()) {
                kind.add(cluster.gpuModelId(node));
            }
            for (String label : request.sameLabels()) {
                String value = cluster.labels(node).get(label);
                if (value == null) {
                    return false;
                }
                kind.add(value);
            }
            kinds.add(kind);
        }
        return kinds.size() == 1;
    }

    /** Tasks by domain of a tier; null when a task is in none. */
    private @Nullable Map<Integer, Integer> tasksIn(int[] tasksOn, int tier) {
        Map<Integer, Integer> sums = new TreeMap<>();
        for (int node : used(tasksOn)) {
            if (topology.domainOf(tier, node) < 0) {
                return null;
            }
            sums.merge(topology.domainOf(tier, node), tasksOn[node], Integer::sum);
        }
        return sums;
    }

    private boolean segmentsHold(int[] tasksOn) {
        String tier = request.segmentTier();
        if (tier == null) {
            return true;
        }
        int together = request.segmentTasks();
        if (tier.equals(GangRequest.ISLAND)) {
            for (int node : used(tasksOn)) {
                int room = 0;
                for (int i = 0; i < cluster.gpuTopology(node).islandCount(); i++) {
                    room += Integer.bitCount(cluster.gpuTopology(node).islandMask(i) & free(node)) / (gpus * together);
                }
                if (tasksOn[node] % together != 0 || tasksOn[node] / together > room) {
                    return false;
                }
            }
            return true;
        }
        Map<Integer, Integer> sums = tasksIn(tasksOn, topology.tier(tier));
        return sums != null && sums.values().stream().allMatch(sum -> sum % together == 0);
    }

    private boolean isSpread(int[] tasksOn) {
        String tier = request.spreadTier();
        if (tier == null) {
            return true;
        }
        Map<Integer, Integer> sums = tasksIn(tasksOn, topology.tier(tier));
        if (sums == null || sums.size() < request.minDomains()) {
            return false;
        }
        int together = request.segmentTasks();
        int most = 0;
        int least = Integer.MAX_VALUE;
        for (int sum : sums.values()) {
            if (sum % together != 0) {
                return false;
            }
            most = Math.max(most, sum / together);
            least = Math.min(least, sum / together);
        }
        return most - least <= 1;
    }

    private boolean railsAgree(int[] tasksOn) {
        if (!request.railAligned()) {
            return true;
        }
        Set<List<Integer>> rails = new HashSet<>();
        int most = 0;
        for (int node : used(tasksOn)) {
            List<Integer> ofNode = new ArrayList<>();
            for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
                ofNode.add(cluster.gpuTopology(node).railOf(gpu));
            }
            rails.add(ofNode);
            most = Math.max(most, tasksOn[node]);
            if (ofNode.contains(-1)) {
                return false;
            }
        }
        if (rails.size() > 1) {
            return false;
        }
        int fewer = 0;
        for (int node : used(tasksOn)) {
            fewer += tasksOn[node] < most ? 1 : 0;
        }
        for (int set = 1; set < 1 << GangCase.GPUS && fewer <= 1; set++) {
            if (Integer.bitCount(set) == most * gpus && allGive(set, tasksOn, most)) {
                return true;
            }
        }
        return false;
    }

    private boolean allGive(int set, int[] tasksOn, int most) {
        for (int node : used(tasksOn)) {
            int gives = set & free(node);
            if (tasksOn[node] == most ? gives != set : Integer.bitCount(gives) < tasksOn[node] * gpus) {
                return false;
            }
        }
        return true;
    }

    private static List<Integer> used(int[] tasksOn) {
        List<Integer> nodes = new ArrayList<>();
        for (int node = 0; node < tasksOn.length; node++) {
            if (tasksOn[node] > 0) {
                nodes.add(node);
            }
        }
        return nodes;
    }

    private Set<Integer> domains(int[] tasksOn, int tier) {
        Set<Integer> domains = new HashSet<>();
        for (int node : used(tasksOn)) {
            domains.add(topology.domainOf(tier, node));
        }
        return domains;
    }

    /** The lowest tier with a domain that all tasks are in. */
    int tierOf(int[] tasksOn) {
        int tier = 0;
        while (domains(tasksOn, tier).size() > 1 || domains(tasksOn, tier).contains(-1)) {
            tier++;
        }
        return tier;
    }

    /** Sum over neighbours in rank, the last and the first included, of the tier in which they meet. */
    static int ringCost(Topology topology, List<Integer> nodes) {
        int cost = 0;
        for (int rank = 0; rank < nodes.size(); rank++) {
            cost += topology.lowestCommonTier(nodes.get(rank), nodes.get((rank + 1) % nodes.size()));
        }
        return cost;
    }

    /** The least ring cost of all orders of these nodes. */
    static int leastRingCost(Topology topology, List<Integer> nodes) {
        return leastRingCost(topology, new ArrayList<>(nodes), 1);
    }

    private static int leastRingCost(Topology topology, List<Integer> nodes, int from) {
        if (from >= nodes.size() - 1) {
            return ringCost(topology, nodes);
        }
        int least = Integer.MAX_VALUE;
        Map<Integer, Boolean> tried = new HashMap<>();
        for (int i = from; i < nodes.size(); i++) {
            if (tried.put(nodes.get(i), true) == null) {
                java.util.Collections.swap(nodes, from, i);
                least = Math.min(least, leastRingCost(topology, nodes, from + 1));
                java.util.Collections.swap(nodes, from, i);
            }
        }
        return least;
    }
}
