package dev.berth.planner.report;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A part of the map with a frame: a switch, what hangs on the switches below it, and the racks of the nodes that hang on itself. */
final class MapBox {
    /** Switches below, by title. */
    final Map<String, MapBox> boxes = new LinkedHashMap<>();
    /** Nodes that hang on no switch below, by rack. */
    final Map<RackKey, List<Integer>> racks = new LinkedHashMap<>();

    /**
     * Nodes that stand together.
     *
     * @param rack name of the rack, or what stands for it
     * @param nvlinkDomain name of the NVLink domain that spans the nodes, empty for none
     */
    record RackKey(String rack, String nvlinkDomain) {
        String title() {
            if (nvlinkDomain.isEmpty()) {
                return rack;
            }
            return nvlinkDomain.equals(rack) ? rack + ", NVLink domain" : rack + ", NVLink domain " + nvlinkDomain;
        }
    }

    /** Names the rack of a node, or what stands for it; asked once for each node, in the order of the map. */
    interface Racks {
        String of(int node);
    }

    /** The map of a site: the nodes in their order, under their switches. Tiers with one domain frame nothing. */
    static MapBox of(Cluster cluster, List<Integer> nodes, Racks racks) {
        Topology topology = cluster.topology();
        int[] tiers = IntStream.iterate(topology.tiers().size() - 1, tier -> tier >= 0, tier -> tier - 1)
                .filter(tier ->
                        !Topology.RESERVED_TIERS.contains(topology.tiers().get(tier)))
                .filter(tier -> topology.domainCount(tier) > 1)
                .toArray();
        MapBox all = new MapBox();
        for (int node : nodes) {
            MapBox box = all;
            for (int tier : tiers) {
                int domain = topology.domainOf(tier, node);
                if (domain >= 0) {
                    String title = topology.tiers().get(tier) + " " + topology.domainName(tier, domain);
                    box = box.boxes.computeIfAbsent(title, absent -> new MapBox());
                }
            }
            int domain = cluster.nvlinkDomainId(node);
            RackKey key = new RackKey(
                    racks.of(node), domain < 0 ? "" : cluster.nvlinkDomains().get(domain));
            box.racks.computeIfAbsent(key, absent -> new ArrayList<>()).add(node);
        }
        return all;
    }
}
