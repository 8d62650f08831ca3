package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * On which nodes a pod may stand at all, by the rules that kube-scheduler will enforce: node selector, required node affinity, taints,
 * resources that the cluster model does not know, volumes, required pod affinity and anti-affinity, topology spread that may not be violated, ports of the
 * node. What is free on nodes, and whether they are cordoned or ready, is the ledger's matter. {@code docs/kubernetes-nodes.md}
 * names the source of each rule.
 *
 * <p>Not thread-safe. An answer is O(1) for a pod whose rules are those of an earlier one and has no pod rules; else O(nodes), and with pod
 * rules O(nodes + bound pods).
 */
public final class Eligibility {
    /** Most sets of rules that are remembered. With 5,000 nodes each takes up to 25 KB. */
    private static final int MAX_REMEMBERED = 256;

    private final NavigableMap<String, Slot> nodes = new TreeMap<>();
    private final BitSet slots = new BitSet();
    private final Volumes volumes = new Volumes();
    private final LinkedHashMap<NodeRules, Remembered> remembered = new LinkedHashMap<>(64, 0.75f, true);

    /** A node and its number, which no other node has at the same time. */
    private record Slot(int number, NodeObject node) {}

    /** The nodes that will not do for one set of rules. */
    private static final class Remembered {
        /** By their slots. */
        final BitSet refused = new BitSet();
        /** The others; null until asked for after a change. */
        @Nullable
        List<String> allowed;
    }

    /** A node is there, or has changed. */
    public void nodeSeen(NodeObject node) {
        Slot before = nodes.get(node.name());
        int number = before == null ? slots.nextClearBit(0) : before.number;
        slots.set(number);
        nodes.put(node.name(), new Slot(number, node));
        if (before == null || !sameForRules(before.node, node)) {
            remembered.forEach((rules, of) -> {
                of.allowed = null;
                of.refused.set(number, rules.refusal(node) != null);
            });
        }
    }

    /** A node is gone. */
    public void nodeGone(String name) {
        Slot gone = nodes.remove(name);
        if (gone != null) {
            slots.clear(gone.number);
            remembered.values().forEach(of -> {
                of.allowed = null;
                of.refused.clear(gone.number);
            });
        }
    }

    private static boolean sameForRules(NodeObject a, NodeObject b) {
        return a.labels().equals(b.labels())
                && a.taints().equals(b.taints())
                && a.allocatable().equals(b.allocatable())
                && a.ready() == b.ready()
                && a.unschedulable() == b.unschedulable();
    }

    /**
     * The nodes on which a pod may stand, sorted by name; null when all will do.
     *
     * @return a list that does not change any more
     */
    public @Nullable List<String> allowed(PodObject pod) {
        NodeRules rules = NodeRules.of(pod, volumes.rules(pod));
        Remembered of = remembered(rules);
        if (of.refused.isEmpty()) {
            return null;
        }
        List<String> allowed = of.allowed;
        if (allowed == null) {
            List<String> names = new ArrayList<>(nodes.size());
            for (Slot slot : nodes.values()) {
                if (!of.refused.get(slot.number)) {
                    names.add(slot.node.name());
                }
            }
            allowed = List.copyOf(names);
            of.allowed = allowed;
        }
        return allowed;
    }

    private Remembered remembered(NodeRules rules) {
        Remembered of = remembered.get(rules);
        if (of != null) {
            return of;
        }
        Remembered made = new Remembered();
        for (Slot slot : nodes.values()) {
            made.refused.set(slot.number, rules.refusal(slot.node) != null);
        }
        remembered.put(rules, made);
        if (remembered.size() > MAX_REMEMBERED) {
            remembered.remove(remembered.keySet().iterator().next());
        }
        return made;
    }

    /** Why nodes will not do for a pod, in one sentence with the number of nodes for each reason, the most frequent first. */
    public String why(PodObject pod) {
        NodeRules rules = NodeRules.of(pod, volumes.rules(pod));
        Map<String, Integer> counts = new TreeMap<>();
        int refused = 0;
        for (Slot slot : nodes.values()) {
            String refusal = rules.refusal(slot.node);
            if (refusal != null) {
                counts.merge(refusal, 1, Integer::sum);
                refused++;
            }
        }
        return sentence(counts, refused);
    }

    private String sentence(Map<String, Integer> counts, int refused) {
        int all = nodes.size();
        StringBuilder text = new StringBuilder()
                .append(all - refused)
                .append(" of ")
                .append(all)
                .append(all == 1 ? " node" : " nodes")
                .append(" will do");
        List<Map.Entry<String, Integer>> order = new ArrayList<>(counts.entrySet());
        order.sort(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()));
        String separator = "; ";
        for (Map.Entry<String, Integer> entry : order) {
            text.append(separator)
                    .append(entry.getValue())
                    .append(entry.getValue() == 1 ? " node: " : " nodes: ")
                    .append(entry.getKey());
        }
        return text.append('.').toString();
    }
}
