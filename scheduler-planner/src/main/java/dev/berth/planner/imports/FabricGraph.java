package dev.berth.planner.imports;

import dev.berth.planner.io.ImportNote;
import dev.berth.planner.io.InfinibandFabric;
import dev.berth.planner.io.InfinibandFabric.Device;
import dev.berth.planner.io.InfinibandFabric.Kind;
import dev.berth.planner.io.InfinibandFabric.Link;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Switches, the cables between them, and the nodes that hang on them. Immutable, as long as its arrays are left as they are. */
final class FabricGraph {
    private final String source;
    private final List<String> names;
    private final int[][] neighbours;
    private final double[][] rates;
    private final List<Adapter> adapters;
    private final int[] hostLinks;
    private final double[] hostRates;

    /**
     * A cable from a node to a switch.
     *
     * @param device name of the node's adapter, empty when unknown
     * @param rate in Gb/s
     */
    record Adapter(String node, String device, int fabricSwitch, double rate) {}

    private FabricGraph(
            String source,
            List<String> names,
            List<List<Integer>> neighbours,
            List<List<Double>> rates,
            List<Adapter> adapters) {
        this.source = source;
        this.names = names;
        this.neighbours = neighbours.stream()
                .map(list -> list.stream().mapToInt(i -> i).toArray())
                .toArray(int[][]::new);
        this.rates = rates.stream()
                .map(list -> list.stream().mapToDouble(d -> d).toArray())
                .toArray(double[][]::new);
        this.adapters = adapters;
        hostLinks = new int[names.size()];
        hostRates = new double[names.size()];
        for (Adapter adapter : adapters) {
            hostLinks[adapter.fabricSwitch()]++;
            hostRates[adapter.fabricSwitch()] += adapter.rate();
        }
    }

    /** {@code MF0;leaf-7:MQM9700/U1} is a managed switch of the name in the middle; the rest is its model and board. */
    private static final Pattern MANAGED = Pattern.compile("[^;]*;([^;:]+):[^;]*");

    /**
     * The graph of one or more subnets.
     *
     * @param source what notes call it
     * @param hosts says which hosts are nodes
     * @param notes takes what cannot be used
     */
    static FabricGraph of(String source, InfinibandFabric fabric, HostNames hosts, List<ImportNote> notes) {
        List<Device> devices = fabric.devices();
        int[] switchOf = new int[devices.size()];
        Arrays.fill(switchOf, -1);
        List<String> names = switchNames(devices, switchOf);
        boolean counted = fabric.links().stream().anyMatch(link -> link.gigabitsPerSecond() == 0);
        if (counted) {
            notes.add(new ImportNote(source, 0, "oversubscription counts cables, because not all rates are known"));
        }
        List<List<Integer>> neighbours = new ArrayList<>();
        List<List<Double>> rates = new ArrayList<>();
        names.forEach(unused -> {
            neighbours.add(new ArrayList<>());
            rates.add(new ArrayList<>());
        });
        List<Adapter> adapters = new ArrayList<>();
        Map<String, Summary> unused = new TreeMap<>();
        for (Link link : fabric.links()) {
            double rate = counted ? 1 : link.gigabitsPerSecond();
            int from = switchOf[link.from()];
            int to = switchOf[link.to()];
            if (from >= 0 && to >= 0) {
                neighbours.get(from).add(to);
                rates.get(from).add(rate);
                neighbours.get(to).add(from);
                rates.get(to).add(rate);
            } else if (from >= 0 || to >= 0) {
                Device device = devices.get(from >= 0 ? link.to() : link.from());
                Adapter adapter = adapter(device, Math.max(from, to), rate, hosts, unused);
                if (adapter != null) {
                    adapters.add(adapter);
                }
            } else {
                unused.computeIfAbsent("cables between two adapters, without a switch", key -> new Summary())
                        .add("'" + devices.get(link.from()).description() + "'");
            }
        }
        unused.forEach(
                (what, which) -> notes.add(new ImportNote(source, 0, "not used: " + what + ": " + which.examples())));
        return new FabricGraph(source, names, neighbours, rates, adapters);
    }

    private static @Nullable Adapter adapter(
            Device device, int fabricSwitch, double rate, HostNames hosts, Map<String, Summary> unused) {
        HostNames.Adapter said = device.kind() == Kind.CHANNEL_ADAPTER ? HostNames.adapter(device.description()) : null;
        String node = said == null ? null : hosts.node(said.host());
        if (said != null && node != null) {
            return new Adapter(node, said.device(), fabricSwitch, rate);
        }
        String why = device.kind() == Kind.ROUTER
                ? "routers"
                : said == null ? "adapters whose description names no host" : "hosts that are no nodes of the cluster";
        unused.computeIfAbsent(why, key -> new Summary())
                .add(said == null ? "'" + device.description() + "'" : said.host());
        return null;
    }

    /** Names that are unique: what a switch calls itself, or its GUID where that is nothing or is there twice. */
    private static List<String> switchNames(List<Device> devices, int[] switchOf) {
        Map<String, Integer> count = new HashMap<>();
        List<String> wanted = new ArrayList<>();
        List<String> guids = new ArrayList<>();
        for (int d = 0; d < devices.size(); d++) {
            Device device = devices.get(d);
            if (device.kind() != Kind.SWITCH) {
                continue;
            }
            switchOf[d] = wanted.size();
            Matcher managed = MANAGED.matcher(device.description());
            String name = managed.matches() ? managed.group(1) : device.description();
            boolean usable = name != null && HostNames.isUsable(name) && name.matches("[^\\s\\p{Cntrl}]+");
            wanted.add(usable && name != null ? name : device.guid());
            guids.add(device.guid());
            count.merge(wanted.get(wanted.size() - 1), 1, Integer::sum);
        }
        List<String> names = new ArrayList<>();
        for (int s = 0; s < wanted.size(); s++) {
            boolean unique = count.getOrDefault(wanted.get(s), 0) == 1;
            names.add(unique ? wanted.get(s) : guids.get(s));
        }
        return names;
    }

    String source() {
        return source;
    }

    int switchCount() {
        return names.size();
    }

    String name(int fabricSwitch) {
        return names.get(fabricSwitch);
    }

    /** For each switch the switches at the other ends of its cables, once per cable. */
    int[][] neighbours() {
        return neighbours;
    }

    /** Rate of a cable between switches in Gb/s; 1 for all where one is unknown, so that cables are counted. */
    double rate(int fabricSwitch, int cable) {
        return rates[fabricSwitch][cable];
    }

    /** Cables from nodes to switches. */
    List<Adapter> adapters() {
        return adapters;
    }

    /** Cables to nodes, per switch. */
    int[] hostLinks() {
        return hostLinks;
    }

    /** Rate of all cables from a switch to nodes. */
    double hostRate(int fabricSwitch) {
        return hostRates[fabricSwitch];
    }

    ImportNote note(String text) {
        return new ImportNote(source, 0, text);
    }
}
