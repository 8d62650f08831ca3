package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec.HostPort;
import dev.berth.k8s.objects.PodSpec.PodTerm;
import dev.berth.k8s.pods.PodSettings;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pods that have nodes, and of them what keeps others off: terms of anti-affinity, ports, odd resources. Pods without such things cost a
 * look at three empty lists. Not thread-safe.
 */
final class StandingPods {
    /** A pod and its node, to which it is bound or for which it is planned. */
    record Standing(PodObject pod, String nodeName) {}

    /** A term of anti-affinity, and the namespaces where it keeps pods off. */
    record Aversion(PodTerm term, String namespace) {}

    private final PodSettings settings;
    private final Map<String, Standing> byUid = new HashMap<>();
    /** Number of pods that have the term, by node. */
    private final Map<Aversion, Map<String, Integer>> aversions = new HashMap<>();

    private final Map<String, Map<HostPort, Integer>> ports = new HashMap<>();
    private final Map<String, Map<String, Long>> oddUse = new HashMap<>();
    private long version;

    StandingPods(PodSettings settings) {
        this.settings = settings;
    }

    /** Changes whenever anything that could change an answer does. */
    long version() {
        return version;
    }

    Collection<Standing> all() {
        return byUid.values();
    }

    Set<Aversion> aversions() {
        return aversions.keySet();
    }

    Set<String> nodesOf(Aversion aversion) {
        return aversions.getOrDefault(aversion, Map.of()).keySet();
    }

    /** Ports of a node that are taken, and by how many pods. */
    Map<HostPort, Integer> ports(String nodeName) {
        return ports.getOrDefault(nodeName, Map.of());
    }

    long oddUse(String nodeName, String resource) {
        return oddUse.getOrDefault(nodeName, Map.of()).getOrDefault(resource, 0L);
    }

    /** A pod has a node now, or has changed there. */
    void put(PodObject pod, String nodeName) {
        Standing before = byUid.get(pod.uid());
        if (before != null && before.nodeName.equals(nodeName) && same(before.pod, pod)) {
            byUid.put(pod.uid(), new Standing(pod, nodeName));
            return;
        }
        remove(pod.uid());
        byUid.put(pod.uid(), new Standing(pod, nodeName));
        account(pod, nodeName, 1);
        version++;
    }

    private static boolean same(PodObject a, PodObject b) {
        return a.deleting() == b.deleting()
                && a.labels().equals(b.labels())
                && a.spec().podTerms().equals(b.spec().podTerms())
                && a.spec().hostPorts().equals(b.spec().hostPorts())
                && a.spec().requests().equals(b.spec().requests());
    }

    /** A pod has no node any more. */
    void remove(String uid) {
        Standing gone = byUid.remove(uid);
        if (gone != null) {
            account(gone.pod, gone.nodeName, -1);
            version++;
        }
    }

    @Nullable
    Standing find(String uid) {
        return byUid.get(uid);
    }

    private void account(PodObject pod, String nodeName, int sign) {
        for (PodTerm term : pod.spec().podTerms()) {
            if (term.kind() == PodTerm.Kind.ANTI_AFFINITY) {
                count(aversions, new Aversion(term, ownNamespace(term, pod)), nodeName, sign);
            }
        }
        for (HostPort port : pod.spec().hostPorts()) {
            count(ports, nodeName, port, sign);
        }
        NodeRules.odd(pod.spec().requests(), settings)
                .forEach((resource, amount) -> use(nodeName, resource, sign * amount));
    }

    /** The pod's namespace where the term means that alone; else empty, so that like terms of several namespaces are one. */
    private static String ownNamespace(PodTerm term, PodObject pod) {
        return term.allNamespaces() || !term.namespaces().isEmpty() ? "" : pod.namespace();
    }

    private static <K, V> void count(Map<K, Map<V, Integer>> counts, K key, V value, int sign) {
        Map<V, Integer> of = counts.computeIfAbsent(key, none -> new HashMap<>());
        if (of.merge(value, sign, Integer::sum) == 0) {
            of.remove(value);
        }
        if (of.isEmpty()) {
            counts.remove(key);
        }
    }

    private void use(String nodeName, String resource, long amount) {
        Map<String, Long> of = oddUse.computeIfAbsent(nodeName, none -> new HashMap<>());
        if (of.merge(resource, amount, Long::sum) == 0) {
            of.remove(resource);
        }
        if (of.isEmpty()) {
            oddUse.remove(nodeName);
        }
    }

    /** Whether a term of a pod is about another pod. */
    static boolean isAbout(PodTerm term, String ownNamespace, PodObject other) {
        boolean inNamespace = term.allNamespaces()
                || (term.namespaces().isEmpty()
                        ? ownNamespace.equals(other.namespace())
                        : term.namespaces().contains(other.namespace()));
        return inNamespace && Selectors.all(term.selector(), other.labels());
    }

    /** Whether two ports of a node cannot both be had. */
    static boolean collide(HostPort a, HostPort b) {
        return a.port() == b.port()
                && a.protocol().equals(b.protocol())
                && (isAny(a.ip()) || isAny(b.ip()) || Objects.equals(a.ip(), b.ip()));
    }

    private static boolean isAny(String ip) {
        return ip.isEmpty() || ip.equals("0.0.0.0");
    }

    /** Whether any term keeps a pod off. */
    boolean averse(PodObject pod) {
        for (Aversion aversion : aversions.keySet()) {
            if (isAbout(aversion.term, aversion.namespace, pod)) {
                return true;
            }
        }
        return false;
    }

    /** Terms of a kind. */
    static List<PodTerm> terms(PodObject pod, PodTerm.Kind kind) {
        return pod.spec().podTerms().stream()
                .filter(term -> term.kind() == kind)
                .toList();
    }
}
