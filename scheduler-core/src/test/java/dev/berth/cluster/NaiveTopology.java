package dev.berth.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Nearness straight from the description: parents are walked and names are compared for every question. */
final class NaiveTopology {
    private final List<NodeSpec> nodes;
    private final Map<String, FabricSwitch> switches = new HashMap<>();
    private final List<String> ladder;

    /**
     * Takes a description.
     *
     * @param fabricTiers the tiers of the switches, the lowest first
     * @param described whether racks and sites are described beside the nodes
     */
    NaiveTopology(List<NodeSpec> nodes, List<FabricSwitch> switches, List<String> fabricTiers, boolean described) {
        this.nodes = nodes;
        switches.forEach(one -> this.switches.put(one.name(), one));
        ladder = new ArrayList<>(List.of("node"));
        if (nodes.stream().anyMatch(node -> node.nvlinkDomain() != null)) {
            ladder.add("nvlink-domain");
        }
        if (described || nodes.stream().anyMatch(node -> node.rack() != null)) {
            ladder.add("rack");
        }
        Set<String> used = new LinkedHashSet<>();
        switches.forEach(one -> used.add(one.tier()));
        fabricTiers.stream().filter(used::contains).forEach(ladder::add);
        if (described || nodes.stream().anyMatch(node -> node.site() != null)) {
            ladder.add("site");
        }
        ladder.add("cluster");
    }

    List<String> ladder() {
        return ladder;
    }

    /** Name of the domain of a node on a tier, or null. */
    @Nullable
    String domain(String tier, int node) {
        NodeSpec spec = nodes.get(node);
        return switch (tier) {
            case "node" -> spec.name();
            case "nvlink-domain" -> spec.nvlinkDomain();
            case "rack" -> spec.rack();
            case "site" -> spec.site();
            case "cluster" -> "cluster";
            default -> switchAbove(spec.fabricSwitch(), tier);
        };
    }

    private @Nullable String switchAbove(@Nullable String from, String tier) {
        String at = from;
        while (at != null) {
            FabricSwitch one = Objects.requireNonNull(switches.get(at));
            if (one.tier().equals(tier)) {
                return at;
            }
            at = one.parent();
        }
        return null;
    }

    String lowestCommonTier(int a, int b) {
        for (String tier : ladder) {
            String domain = domain(tier, a);
            if (domain != null && domain.equals(domain(tier, b))) {
                return tier;
            }
        }
        throw new IllegalStateException("two nodes share the cluster at least");
    }

    /** Nodes by id that are in a domain. */
    List<Integer> members(String tier, String domain) {
        List<Integer> members = new ArrayList<>();
        for (int node = 0; node < nodes.size(); node++) {
            if (domain.equals(domain(tier, node))) {
                members.add(node);
            }
        }
        return members;
    }

    /** Whether the members agree on every higher tier, where missing is a value as any other. */
    boolean nests(String tier, String domain) {
        List<Integer> members = members(tier, domain);
        return ladder.subList(ladder.indexOf(tier) + 1, ladder.size()).stream()
                .allMatch(above -> members.stream()
                                .map(node -> String.valueOf(domain(above, node)))
                                .distinct()
                                .count()
                        <= 1);
    }

    /** Nodes in fabric order, given what number each domain has. */
    List<Integer> order(DomainNumber number) {
        Comparator<Integer> order = Comparator.comparing(node -> 0);
        for (int t = ladder.size() - 2; t > 0; t--) {
            String tier = ladder.get(t);
            order = order.thenComparing(node -> {
                String domain = domain(tier, node);
                return domain == null ? Integer.MAX_VALUE : number.of(tier, domain);
            });
        }
        List<Integer> sorted = new ArrayList<>();
        for (int node = 0; node < nodes.size(); node++) {
            sorted.add(node);
        }
        sorted.sort(order.thenComparing(Comparator.naturalOrder()));
        return sorted;
    }

    /** The id of a domain. */
    interface DomainNumber {
        int of(String tier, String domain);
    }
}
