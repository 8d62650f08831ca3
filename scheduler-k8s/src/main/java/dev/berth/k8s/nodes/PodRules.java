package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec.HostPort;
import dev.berth.k8s.objects.PodSpec.PodTerm;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a pod demands of its node for the sake of the pods that stand now. Made for one question, as kube-scheduler's plugins
 * InterPodAffinity, PodTopologySpread, NodePorts and NodeResourcesFit make their state before they filter.
 *
 * <p>Sources: kubernetes.io/docs, "Assigning Pods to Nodes" (inter-pod affinity and anti-affinity: a pod whose own affinity no pod satisfies may
 * be the first if it satisfies it itself; existing pods' anti-affinity holds against new pods too) and "Pod Topology Spread Constraints"
 * (skew against the least of the eligible domains; nodes that lack a topology key, or that node selector and affinity pass over, are no domains; pods
 * being deleted do not count).
 */
final class PodRules {
    private final PodObject pod;
    private final StandingPods standing;
    private final Map<String, Long> odd;
    private final List<PodTerm> affinity;
    /** Values of each topology key in which a pod stands that all terms of affinity are about. */
    private final Map<String, Set<String>> near = new HashMap<>();
    /** Values of each topology key in which a pod stands that a term of anti-affinity is about. */
    private final Map<String, Set<String>> averse = new HashMap<>();
    /** Values of each topology key in which a pod stands that has anti-affinity to this one. */
    private final Map<String, Set<String>> avoided = new HashMap<>();

    private final List<Spread> spreads;
    private final boolean mayBeFirst;

    /** One constraint of topology spread: how many pods stand in each domain, and the least of that. */
    private record Spread(PodTerm term, Map<String, Integer> counts, int least, int self) {}

    private PodRules(
            PodObject pod,
            NodeRules rules,
            StandingPods standing,
            Collection<NodeObject> nodes,
            Function<String, @Nullable NodeObject> nodeOf) {
        this.pod = pod;
        this.standing = standing;
        odd = rules.odd();
        affinity = StandingPods.terms(pod, PodTerm.Kind.AFFINITY);
        List<PodTerm> antiAffinity = StandingPods.terms(pod, PodTerm.Kind.ANTI_AFFINITY);
        if (!affinity.isEmpty() || !antiAffinity.isEmpty()) {
            for (StandingPods.Standing other : standing.all()) {
                NodeObject node = other.pod().uid().equals(pod.uid()) ? null : nodeOf.apply(other.nodeName());
                if (node != null) {
                    look(other.pod(), node, antiAffinity);
                }
            }
        }
        mayBeFirst = near.isEmpty() && affinity.stream().allMatch(term -> isAbout(term, pod));
        for (StandingPods.Aversion aversion : standing.aversions()) {
            if (StandingPods.isAbout(aversion.term(), aversion.namespace(), pod)) {
                for (String name : othersOf(aversion)) {
                    NodeObject node = nodeOf.apply(name);
                    if (node != null) {
                        note(avoided, aversion.term().topologyKey(), node);
                    }
                }
            }
        }
        spreads = spreads(rules, nodes);
    }

    /** The rules of a pod, or null when the pods that stand are nothing to it. */
    static @Nullable PodRules of(
            PodObject pod,
            NodeRules rules,
            StandingPods standing,
            Collection<NodeObject> nodes,
            Function<String, @Nullable NodeObject> nodeOf) {
        return concerns(pod, rules, standing) ? new PodRules(pod, rules, standing, nodes, nodeOf) : null;
    }

    /** Whether the pods that stand can keep a pod off any node. */
    static boolean concerns(PodObject pod, NodeRules rules, StandingPods standing) {
        return !pod.spec().podTerms().isEmpty()
                || !pod.spec().hostPorts().isEmpty()
                || !rules.odd().isEmpty()
                || standing.averse(pod);
    }

    private boolean isAbout(PodTerm term, PodObject other) {
        return StandingPods.isAbout(term, pod.namespace(), other);
    }

    private void look(PodObject other, NodeObject node, List<PodTerm> antiAffinity) {
        if (!affinity.isEmpty() && affinity.stream().allMatch(term -> isAbout(term, other))) {
            affinity.forEach(term -> note(near, term.topologyKey(), node));
        }
        for (PodTerm term : antiAffinity) {
            if (isAbout(term, other)) {
                note(averse, term.topologyKey(), node);
            }
        }
    }

    private static void note(Map<String, Set<String>> values, String key, NodeObject node) {
        String value = node.labels().get(key);
        if (value != null) {
            values.computeIfAbsent(key, none -> new HashSet<>()).add(value);
        }
    }

    /** Nodes of other pods with an aversion: the pod's own, where it is planned already, does not keep it off. */
    private Set<String> othersOf(StandingPods.Aversion aversion) {
        StandingPods.Standing own = standing.find(pod.uid());
        if (own == null) {
            return standing.nodesOf(aversion);
        }
        Set<String> nodes = new HashSet<>();
        for (StandingPods.Standing other : standing.all()) {
            if (!other.pod().uid().equals(pod.uid())
                    && StandingPods.terms(other.pod(), PodTerm.Kind.ANTI_AFFINITY)
                            .contains(aversion.term())
                    && (aversion.namespace().isEmpty()
                            || aversion.namespace().equals(other.pod().namespace()))) {
                nodes.add(other.nodeName());
            }
        }
        return nodes;
    }

    private List<Spread> spreads(NodeRules rules, Collection<NodeObject> nodes) {
        List<PodTerm> terms = StandingPods.terms(pod, PodTerm.Kind.SPREAD);
        if (terms.isEmpty()) {
            return List.of();
        }
        Map<String, NodeObject> eligible = new HashMap<>();
        for (NodeObject node : nodes) {
            if (terms.stream().allMatch(term -> node.labels().containsKey(term.topologyKey())) && rules.selects(node)) {
                eligible.put(node.name(), node);
            }
        }
        return terms.stream().map(term -> spread(term, eligible)).toList();
    }

    private Spread spread(PodTerm term, Map<String, NodeObject> eligible) {
        Map<String, Integer> counts = new HashMap<>();
        eligible.values().forEach(node -> counts.put(value(node, term), 0));
        for (StandingPods.Standing other : standing.all()) {
            NodeObject node = eligible.get(other.nodeName());
            if (node != null
                    && !other.pod().deleting()
                    && !other.pod().uid().equals(pod.uid())
                    && isAbout(term, other.pod())) {
                counts.merge(value(node, term), 1, Integer::sum);
            }
        }
        int least = counts.values().stream().mapToInt(Integer::intValue).min().orElse(0);
        return new Spread(term, counts, least, isAbout(term, pod) ? 1 : 0);
    }

    private static String value(NodeObject node, PodTerm term) {
        return node.labels().getOrDefault(term.topologyKey(), "");
    }

    /** Why a node will not do, or null. */
    @Nullable
    String refusal(NodeObject node) {
        String refusal = spreadRefusal(node);
        if (refusal == null) {
            refusal = affinityRefusal(node);
        }
        if (refusal == null) {
            refusal = portRefusal(node);
        }
        return refusal == null ? oddRefusal(node) : refusal;
    }

    private @Nullable String spreadRefusal(NodeObject node) {
        for (Spread spread : spreads) {
            String key = spread.term.topologyKey();
            String value = node.labels().get(key);
            if (value == null) {
                return "topology spread over " + key + ", a label that it does not have";
            }
            int skew = spread.counts.getOrDefault(value, 0) + spread.self - spread.least;
            if (skew > spread.term.maxSkew()) {
                return "topology spread over " + key + " would have a skew above " + spread.term.maxSkew();
            }
        }
        return null;
    }

    private @Nullable String affinityRefusal(NodeObject node) {
        for (PodTerm term : affinity) {
            String value = node.labels().get(term.topologyKey());
            if (value == null
                    || !mayBeFirst
                            && !near.getOrDefault(term.topologyKey(), Set.of()).contains(value)) {
                return "pod affinity by " + term.topologyKey() + " does not hold";
            }
        }
        String key = keyOf(averse, node);
        if (key != null) {
            return "pod anti-affinity by " + key + " does not hold";
        }
        key = keyOf(avoided, node);
        return key == null ? null : "a pod there has anti-affinity to this one by " + key;
    }

    private static @Nullable String keyOf(Map<String, Set<String>> values, NodeObject node) {
        for (Map.Entry<String, Set<String>> entry : values.entrySet()) {
            String value = node.labels().get(entry.getKey());
            if (value != null && entry.getValue().contains(value)) {
                return entry.getKey();
            }
        }
        return null;
    }

    private @Nullable String portRefusal(NodeObject node) {
        if (pod.spec().hostPorts().isEmpty()) {
            return null;
        }
        StandingPods.Standing own = standing.find(pod.uid());
        List<HostPort> ownThere = own != null && own.nodeName().equals(node.name())
                ? own.pod().spec().hostPorts()
                : List.of();
        for (Map.Entry<HostPort, Integer> taken : standing.ports(node.name()).entrySet()) {
            long byOthers = taken.getValue()
                    - ownThere.stream().filter(taken.getKey()::equals).count();
            for (HostPort wanted : pod.spec().hostPorts()) {
                if (byOthers > 0 && StandingPods.collide(taken.getKey(), wanted)) {
                    return "port " + wanted.port() + " of the node is taken";
                }
            }
        }
        return null;
    }

    private @Nullable String oddRefusal(NodeObject node) {
        for (Map.Entry<String, Long> entry : odd.entrySet()) {
            String resource = entry.getKey();
            StandingPods.Standing own = standing.find(pod.uid());
            long others = standing.oddUse(node.name(), resource)
                    - (own != null && own.nodeName().equals(node.name())
                            ? own.pod().spec().requests().getOrDefault(resource, 0L)
                            : 0);
            if (node.allocatable().getOrDefault(resource, 0L) - others < entry.getValue()) {
                return "too little of " + resource + " is left";
            }
        }
        return null;
    }
}
