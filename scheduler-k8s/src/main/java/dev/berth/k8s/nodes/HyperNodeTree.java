package dev.berth.k8s.nodes;

import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.Topology;
import dev.berth.k8s.objects.HyperNodeObject;
import dev.berth.k8s.objects.HyperNodeObject.Member;
import dev.berth.k8s.objects.NodeObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The switches that Volcano's HyperNodes make. Each HyperNode is a switch of the tier {@code tier-N}. Volcano lets a gang stand in any
 * HyperNode of tier N or below; so where a tree has no HyperNode of a tier between two others, or ends below it, the one below stands for the
 * tier too, under its own name with {@code @tier-N}: standing in one domain of {@code tier-N} then means the same.
 */
final class HyperNodeTree {
    private final Map<String, HyperNodeObject> byName = new LinkedHashMap<>();
    private final Map<String, String> parentOf = new HashMap<>();
    private final Map<String, HyperNodeObject> ofNode = new HashMap<>();
    private final TreeMap<Integer, String> tierNames = new TreeMap<>();
    private final Problems problems;

    /**
     * Joins.
     *
     * @param hyperNodes sorted by name: of two that claim one member the first gets it
     */
    HyperNodeTree(List<HyperNodeObject> hyperNodes, Collection<NodeObject> nodes, Problems problems) {
        this.problems = problems;
        Map<String, NodeObject> nodesByName = new LinkedHashMap<>();
        nodes.forEach(node -> nodesByName.put(node.name(), node));
        hyperNodes.forEach(one -> byName.put(one.name(), one));
        for (HyperNodeObject one : hyperNodes) {
            tierNames.merge(one.tier(), one.tierName(), (a, b) -> a.isEmpty() ? b : a);
            for (Member member : one.members()) {
                if (member.isNode()) {
                    select(one, member, nodesByName, node -> hang(one, node));
                } else {
                    select(one, member, Map.of(), child -> put(one, child));
                }
            }
        }
    }

    /** Finds what a member means; by name only among HyperNodes, since their labels are not read. */
    private void select(HyperNodeObject one, Member member, Map<String, NodeObject> nodes, Consumer<String> found) {
        Collection<String> names = member.isNode() ? nodes.keySet() : byName.keySet();
        String name = member.name();
        String pattern = member.pattern();
        if (name != null) {
            if (names.contains(name)) {
                found.accept(name);
            }
        } else if (pattern != null) {
            matching(one, pattern, names).forEach(found);
        } else if (member.labels() != null && member.isNode()) {
            nodes.forEach((key, node) -> {
                if (Selectors.all(Objects.requireNonNull(member.labels()), node.labels())) {
                    found.accept(key);
                }
            });
        } else {
            problems.add("HyperNode " + one.name() + " has a member without exactMatch or regexMatch"
                    + (member.isNode() ? " or labelMatch" : "") + "; it is passed over");
        }
    }

    private List<String> matching(HyperNodeObject one, String text, Collection<String> names) {
        NamePatternMatch pattern = NamePatternMatch.of(text);
        List<String> found = new ArrayList<>();
        try {
            if (pattern != null) {
                for (String name : names) {
                    if (pattern.isIn(name)) {
                        found.add(name);
                    }
                }
                return found;
            }
        } catch (NamePatternMatch.TooManyStepsException | StackOverflowError e) {
            found.clear();
        }
        problems.add("HyperNode " + one.name() + " has the regexMatch '" + text
                + "', which is no regular expression or takes too long; it is passed over");
        return found;
    }

    private void hang(HyperNodeObject one, String node) {
        HyperNodeObject other = ofNode.putIfAbsent(node, one);
        if (other != null && other.tier() > one.tier()) {
            ofNode.put(node, one);
        } else if (other != null && other.tier() == one.tier() && !other.name().equals(one.name())) {
            problems.node(
                    node,
                    "is in two HyperNodes of tier " + one.tier() + ", " + other.name() + " and " + one.name()
                            + "; the first counts");
        }
    }

    private void put(HyperNodeObject one, String child) {
        HyperNodeObject below = Objects.requireNonNull(byName.get(child));
        if (below.tier() >= one.tier()) {
            problems.add("HyperNode " + one.name() + " of tier " + one.tier() + " has the member " + child + " of tier "
                    + below.tier() + ", allowed: a lower tier; it is passed over");
            return;
        }
        String other = parentOf.putIfAbsent(child, one.name());
        if (other != null && !other.equals(one.name())) {
            problems.add("HyperNode " + child + " is a member of " + other + " and of " + one.name()
                    + ", allowed: one; the first counts");
        }
    }

    /** Whether any node is in any HyperNode. */
    boolean isEmpty() {
        return ofNode.isEmpty();
    }

    /** How many nodes are in HyperNodes. */
    int nodeCount() {
        return ofNode.size();
    }

    static String tier(int number) {
        return "tier-" + number;
    }

    /** The switch that a node hangs on, or null. */
    @Nullable
    String switchOf(String node) {
        HyperNodeObject one = ofNode.get(node);
        return one == null ? null : one.name();
    }

    List<FabricSwitch> switches() {
        List<FabricSwitch> switches = new ArrayList<>();
        for (HyperNodeObject one : byName.values()) {
            String parent = parentOf.get(one.name());
            HyperNodeObject above = parent == null ? null : byName.get(parent);
            String name = one.name();
            int tier = one.tier();
            for (int next : tierNames.tailMap(one.tier(), false).keySet()) {
                if (above != null && next >= above.tier()) {
                    break;
                }
                String standIn = one.name() + "@" + tier(next);
                switches.add(new FabricSwitch(name, tier(tier), standIn, 0));
                name = standIn;
                tier = next;
            }
            switches.add(new FabricSwitch(name, tier(tier), parent, 0));
        }
        return switches;
    }

    /** What gangs may call the tiers: {@code tier-N}, and the tier's own name. */
    Map<String, String> tierOfName() {
        Map<String, String> names = new LinkedHashMap<>();
        tierNames.forEach((number, name) -> names.put(tier(number), tier(number)));
        tierNames.forEach((number, name) -> {
            if (!name.isEmpty() && !Topology.RESERVED_TIERS.contains(name)) {
                names.putIfAbsent(name, tier(number));
            }
        });
        return names;
    }
}
