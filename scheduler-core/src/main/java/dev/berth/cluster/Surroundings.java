package dev.berth.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What stands around the nodes, as it was described: switches, racks, sites, GPU
 * models, and how power is counted. Immutable. */
record Surroundings(
        Map<String, FabricSwitch> switches,
        Map<String, Rack> racks,
        Map<String, Site> sites,
        Map<String, GpuModel> gpuModels,
        PowerBasis powerBasis) {

    /** Copies, in order. */
    Surroundings {
        switches = new LinkedHashMap<>(switches);
        racks = new LinkedHashMap<>(racks);
        sites = new LinkedHashMap<>(sites);
        gpuModels = new LinkedHashMap<>(gpuModels);
    }

    /**
     * Checks that the nodes name only what is there. Racks may all be left undescribed, and then have no cap; but when some are
     * described, all that nodes name must be, since a misspelt name would lift a cap silently. So too the sites.
     *
     * @throws IllegalArgumentException naming the node, the field, its value and what is allowed
     */
    void check(Collection<NodeSpec> nodes) {
        Map<String, NodeSpec> siteOfRack = new LinkedHashMap<>();
        for (NodeSpec node : nodes) {
            named(node, "fabricSwitch", node.fabricSwitch(), switches, "switch", true);
            named(node, "rack", node.rack(), racks, "rack", !racks.isEmpty());
            named(node, "site", node.site(), sites, "site", !sites.isEmpty());
            Rack rack = node.rack() == null ? null : racks.get(node.rack());
            if (rack == null) {
                continue;
            }
            NodeSpec other = siteOfRack.putIfAbsent(rack.name(), node);
            if (other != null && !Objects.equals(other.site(), node.site())) {
                throw Checks.wrong(
                        "node",
                        node.name(),
                        "site",
                        node.site(),
                        "that of the other nodes of its rack '" + rack.name() + "', which is " + other.site()
                                + " at node '" + other.name() + "'");
            }
            if (rack.powerCapW() > 0 && powerBasis.fullW(node.power(), node.gpuCount()) == 0) {
                throw Checks.wrong(
                        "node",
                        node.name(),
                        "power",
                        node.power(),
                        "watts known on the basis " + powerBasis + " or a stricter one, because its rack '"
                                + rack.name() + "' has a power cap");
            }
        }
    }

    private static void named(
            NodeSpec node, String field, @Nullable String name, Map<String, ?> known, String kind, boolean strict) {
        if (strict && name != null && !known.containsKey(name)) {
            throw Checks.wrong(
                    "node",
                    node.name(),
                    field,
                    name,
                    known.isEmpty()
                            ? "nothing, because no " + kind + " of the cluster is described"
                            : "the name of a described " + kind + ", such as "
                                    + known.keySet().iterator().next());
        }
    }

    /** A rack by name: as described, or without cap and cooling. */
    Rack rack(String name) {
        Rack rack = racks.get(name);
        return rack == null ? new Rack(name, 0, Cooling.UNKNOWN) : rack;
    }

    /** A site by name: as described, or without jurisdiction. */
    Site site(String name) {
        Site site = sites.get(name);
        return site == null ? new Site(name, null, 0) : site;
    }

    List<FabricSwitch> switchList() {
        return new ArrayList<>(switches.values());
    }
}
