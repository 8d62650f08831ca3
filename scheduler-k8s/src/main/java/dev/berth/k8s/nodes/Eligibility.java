package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.ClaimObject;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec.HostPort;
import dev.berth.k8s.objects.PodSpec.PodTerm;
import dev.berth.k8s.objects.StorageClassObject;
import dev.berth.k8s.objects.VolumeObject;
import dev.berth.k8s.pods.PodSettings;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
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
    /** Most reasons that a sentence gives. */
    private static final int MAX_REASONS = 8;

    private final NavigableMap<String, Slot> nodes = new TreeMap<>();
    private final BitSet slots = new BitSet();
    private final Volumes volumes = new Volumes();
    private final boolean withVolumes;
    private final PodSettings settings;
    private final StandingPods standing;
    /** UIDs of the pods that stand somewhere without being bound. */
    private final Set<String> planned = new HashSet<>();

    private final LinkedHashMap<NodeRules, Remembered> remembered = new LinkedHashMap<>(64, 0.75f, true);
    /** Of pods to which those that stand are something; for one version of all there is. */
    private final Map<Question, Answer> answers = new HashMap<>();

    private long answersVersion = -1;
    private long nodesVersion;

    /**
     * No nodes and no pods yet.
     *
     * @param withVolumes whether claims, volumes and storage classes are told; else volumes are left to the scheduler
     * @param settings which resources are GPUs, and which are counted: the same as pods are read by
     */
    public Eligibility(boolean withVolumes, PodSettings settings) {
        this.withVolumes = withVolumes;
        this.settings = settings;
        standing = new StandingPods(settings);
    }

    /** All that an answer depends on, beside nodes and the pods that stand. */
    private record Question(
            NodeRules rules,
            List<PodTerm> podTerms,
            List<HostPort> hostPorts,
            String namespace,
            Map<String, String> labels,
            String ownUid) {}

    private record Answer(@Nullable List<String> allowed) {}

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
            nodesVersion++;
            remembered.forEach((rules, of) -> {
                of.allowed = null;
                of.refused.set(number, rules.refusal(node, settings) != null);
            });
        }
    }

    /** A node is gone. */
    public void nodeGone(String name) {
        Slot gone = nodes.remove(name);
        if (gone != null) {
            slots.clear(gone.number);
            nodesVersion++;
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

    /** A pod is there, or has changed. It keeps others off from when it has a node until it has finished or is gone. */
    public void podSeen(PodObject pod) {
        String nodeName = pod.spec().nodeName();
        if (pod.isFinished()) {
            standing.remove(pod.uid());
            planned.remove(pod.uid());
        } else if (nodeName != null) {
            standing.put(pod, nodeName);
            planned.remove(pod.uid());
        } else if (planned.contains(pod.uid())) {
            StandingPods.Standing there = standing.find(pod.uid());
            if (there != null) {
                standing.put(pod, there.nodeName());
            }
        } else {
            standing.remove(pod.uid());
        }
    }

    /** A pod that is not bound yet is going to be bound to a node: it keeps others off as if it were. */
    public void podPlanned(PodObject pod, String nodeName) {
        StandingPods.Standing there = standing.find(pod.uid());
        if (there == null || planned.contains(pod.uid())) {
            planned.add(pod.uid());
            standing.put(pod, nodeName);
        }
    }

    /** What was said by {@link #podPlanned} holds no longer. What is bound stays. */
    public void podUnplanned(String uid) {
        if (planned.remove(uid)) {
            standing.remove(uid);
        }
    }

    /** A pod is gone. */
    public void podGone(String uid) {
        planned.remove(uid);
        standing.remove(uid);
    }

    /** A persistent volume claim is there, or has changed. */
    public void claimSeen(ClaimObject claim) {
        volumes.seen(claim);
    }

    /** A persistent volume claim is gone. */
    public void claimGone(String namespace, String name) {
        volumes.claimGone(namespace, name);
    }

    /** A persistent volume is there, or has changed. */
    public void volumeSeen(VolumeObject volume) {
        volumes.seen(volume);
    }

    /** A persistent volume is gone. */
    public void volumeGone(String name) {
        volumes.volumeGone(name);
    }

    /** A storage class is there, or has changed. */
    public void storageClassSeen(StorageClassObject storageClass) {
        volumes.seen(storageClass);
    }

    /** A storage class is gone. */
    public void storageClassGone(String name) {
        volumes.classGone(name);
    }

    /**
     * The nodes on which a pod may stand, sorted by name; null when all will do. Pods with equal rules get the same list while
     * nothing changes.
     *
     * @return a list that does not change any more
     */
    public @Nullable List<String> allowed(PodObject pod) {
        NodeRules rules = rules(pod);
        Remembered of = remembered(rules);
        if (PodRules.concerns(pod, rules, standing)) {
            return besidesOthers(pod, rules, of);
        }
        if (of.refused.isEmpty()) {
            return null;
        }
        List<String> allowed = of.allowed;
        if (allowed == null) {
            allowed = names(of.refused);
            of.allowed = allowed;
        }
        return allowed;
    }

    private NodeRules rules(PodObject pod) {
        return NodeRules.of(pod, withVolumes ? volumes.rules(pod) : List.of(), settings);
    }

    private List<String> names(BitSet refused) {
        List<String> names = new ArrayList<>(nodes.size());
        for (Slot slot : nodes.values()) {
            if (!refused.get(slot.number)) {
                names.add(slot.node.name());
            }
        }
        return List.copyOf(names);
    }

    private @Nullable List<String> besidesOthers(PodObject pod, NodeRules rules, Remembered of) {
        Question question = new Question(
                rules, pod.spec().podTerms(), pod.spec().hostPorts(), pod.namespace(), pod.labels(), ownUid(pod));
        if (answersVersion != version()) {
            answers.clear();
            answersVersion = version();
        }
        Answer answer = answers.get(question);
        if (answer == null) {
            PodRules others = podRules(pod, rules);
            BitSet refused = new BitSet();
            refused.or(of.refused);
            for (Slot slot : nodes.values()) {
                if (!refused.get(slot.number) && others != null && others.refusal(slot.node) != null) {
                    refused.set(slot.number);
                }
            }
            answer = new Answer(refused.isEmpty() ? null : names(refused));
            answers.put(question, answer);
        }
        return answer.allowed;
    }

    /** A pod that stands somewhere itself is asked about without itself. */
    private String ownUid(PodObject pod) {
        return standing.find(pod.uid()) == null ? "" : pod.uid();
    }

    private long version() {
        return nodesVersion + standing.version();
    }

    private @Nullable PodRules podRules(PodObject pod, NodeRules rules) {
        List<NodeObject> all = new ArrayList<>(nodes.size());
        nodes.values().forEach(slot -> all.add(slot.node));
        return PodRules.of(pod, rules, standing, all, name -> {
            Slot slot = nodes.get(name);
            return slot == null ? null : slot.node;
        });
    }

    private Remembered remembered(NodeRules rules) {
        Remembered of = remembered.get(rules);
        if (of != null) {
            return of;
        }
        Remembered made = new Remembered();
        for (Slot slot : nodes.values()) {
            made.refused.set(slot.number, rules.refusal(slot.node, settings) != null);
        }
        remembered.put(rules, made);
        if (remembered.size() > MAX_REMEMBERED) {
            remembered.remove(remembered.keySet().iterator().next());
        }
        return made;
    }

    /**
     * Why nodes will not do for a pod, in one sentence with the number of nodes for each reason, the most frequent first; empty when all
     * will do.
     */
    public String why(PodObject pod) {
        NodeRules rules = rules(pod);
        PodRules others = podRules(pod, rules);
        Map<String, Integer> counts = new TreeMap<>();
        int refused = 0;
        for (Slot slot : nodes.values()) {
            String refusal = rules.refusal(slot.node, settings);
            if (refusal == null && others != null) {
                refusal = others.refusal(slot.node);
            }
            if (refusal != null) {
                counts.merge(refusal, 1, Integer::sum);
                refused++;
            }
        }
        return refused == 0 ? "" : sentence(counts, refused);
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
        int shown = Math.min(order.size(), MAX_REASONS);
        int others = 0;
        for (int i = 0; i < order.size(); i++) {
            int count = order.get(i).getValue();
            if (i < shown) {
                text.append("; ")
                        .append(count)
                        .append(count == 1 ? " node: " : " nodes: ")
                        .append(order.get(i).getKey());
            } else {
                others += count;
            }
        }
        if (others > 0) {
            text.append("; ")
                    .append(others)
                    .append(others == 1 ? " node" : " nodes")
                    .append(" for other reasons");
        }
        return text.append('.').toString();
    }
}
