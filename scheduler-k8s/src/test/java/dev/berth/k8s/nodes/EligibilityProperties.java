package dev.berth.k8s.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.NodeObject.Taint;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec.Expression;
import dev.berth.k8s.objects.PodSpec.HostPort;
import dev.berth.k8s.objects.PodSpec.NodeTerm;
import dev.berth.k8s.objects.PodSpec.PodTerm;
import dev.berth.k8s.objects.PodSpec.PodTerm.Kind;
import dev.berth.k8s.objects.PodSpec.Toleration;
import dev.berth.k8s.pods.PodSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** Answers are those of a naive reading of the rules, whatever was asked and seen before. */
final class EligibilityProperties {
    private static final List<String> KEYS = List.of("a", "b", "zone");
    private static final List<String> VALUES = List.of("1", "2", "x", "-7");
    private static final List<String> OPERATORS = List.of("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Odd");
    private static final List<String> EFFECTS = List.of("NoSchedule", "PreferNoSchedule", "NoExecute");

    @Property(tries = 400)
    void answersAreThoseOfTheRules(@ForAll Random random) {
        Eligibility eligibility = new Eligibility(false, PodSettings.DEFAULT);
        World world = new World();
        for (int step = 0; step < 60; step++) {
            world.step(random, eligibility);
            PodObject pod = random.nextInt(4) > 0 || world.pods.isEmpty() ? pod(random, "asked") : world.anyPod(random);
            List<String> expected = world.allowed(pod);
            List<String> answer = eligibility.allowed(pod);
            if (expected.size() == world.nodes.size()) {
                assertThat(answer).isNull();
                assertThat(eligibility.why(pod)).isEmpty();
            } else {
                assertThat(answer).isEqualTo(expected);
                assertThat(eligibility.why(pod))
                        .startsWith(expected.size() + " of " + world.nodes.size())
                        .endsWith(".");
            }
        }
    }

    @Property(tries = 200)
    void whatWasSeenBeforeAndInWhichOrderIsNothingToAnAnswer(@ForAll Random random) {
        Eligibility old = new Eligibility(false, PodSettings.DEFAULT);
        World world = new World();
        List<PodObject> questions = new ArrayList<>();
        for (int step = 0; step < 40; step++) {
            world.step(random, old);
            questions.add(pod(random, "asked"));
            old.allowed(questions.get(random.nextInt(questions.size())));
        }
        Eligibility fresh = new Eligibility(false, PodSettings.DEFAULT);
        List<Runnable> events = new ArrayList<>();
        world.nodes.values().forEach(node -> events.add(() -> fresh.nodeSeen(node)));
        world.pods
                .values()
                .forEach(pod -> events.add(() -> {
                    fresh.podSeen(pod);
                    String planned = world.planned.get(pod.uid());
                    if (planned != null) {
                        fresh.podPlanned(pod, planned);
                    }
                }));
        Collections.shuffle(events, random);
        events.forEach(Runnable::run);
        for (PodObject question : questions) {
            assertThat(old.allowed(question)).isEqualTo(fresh.allowed(question));
            // While nothing changes, equal demands get the same list.
            assertThat(old.allowed(question)).isSameAs(old.allowed(question));
            assertThat(old.why(question)).isEqualTo(fresh.why(question));
        }
    }

    /** All that is there, and what follows from it by the words of the documentation. */
    private static final class World {
        final Map<String, NodeObject> nodes = new TreeMap<>();
        final Map<String, PodObject> pods = new HashMap<>();
        final Map<String, String> planned = new HashMap<>();

        void step(Random random, Eligibility eligibility) {
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    NodeObject node = node(random, "n" + random.nextInt(6));
                    nodes.put(node.name(), node);
                    eligibility.nodeSeen(node);
                }
                case 2 -> {
                    String name = "n" + random.nextInt(6);
                    if (random.nextInt(3) == 0) {
                        nodes.remove(name);
                        eligibility.nodeGone(name);
                    }
                }
                case 3, 4 -> {
                    PodObject pod = pod(random, "p" + random.nextInt(8));
                    PodObject before = pods.get(pod.uid());
                    // What is bound stays bound.
                    if (before == null || before.spec().nodeName() == null) {
                        pods.put(pod.uid(), pod);
                        eligibility.podSeen(pod);
                        if (pod.isFinished() || pod.isBound()) {
                            planned.remove(pod.uid());
                        } else if (random.nextInt(3) == 0) {
                            String node = "n" + random.nextInt(6);
                            planned.put(pod.uid(), node);
                            eligibility.podPlanned(pod, node);
                        }
                    }
                }
                default -> {
                    if (!pods.isEmpty()) {
                        PodObject pod = anyPod(random);
                        if (random.nextBoolean()) {
                            planned.remove(pod.uid());
                            eligibility.podUnplanned(pod.uid());
                        } else {
                            pods.remove(pod.uid());
                            planned.remove(pod.uid());
                            eligibility.podGone(pod.uid());
                        }
                    }
                }
            }
        }

        PodObject anyPod(Random random) {
            return new ArrayList<>(pods.values()).get(random.nextInt(pods.size()));
        }

        @Nullable
        NodeObject nodeOf(PodObject pod) {
            if (pod.isFinished()) {
                return null;
            }
            String name = pod.spec().nodeName() != null ? pod.spec().nodeName() : planned.get(pod.uid());
            return name == null ? null : nodes.get(name);
        }

        List<PodObject> others(PodObject pod) {
            return pods.values().stream()
                    .filter(other -> !other.uid().equals(pod.uid()) && nodeOf(other) != null)
                    .toList();
        }

        List<String> allowed(PodObject pod) {
            return nodes.values().stream()
                    .filter(node -> fits(pod, node))
                    .map(NodeObject::name)
                    .toList();
        }

        boolean fits(PodObject pod, NodeObject node) {
            return selected(pod, node)
                    && tolerated(pod, node)
                    && hasOdd(pod, node)
                    && hasPorts(pod, node)
                    && spreads(pod, node)
                    && isNear(pod, node)
                    && nobodyMinds(pod, node);
        }

        static boolean selected(PodObject pod, NodeObject node) {
            boolean labels = node.labels()
                    .entrySet()
                    .containsAll(pod.spec().nodeSelector().entrySet());
            List<NodeTerm> terms = pod.spec().nodeTerms();
            return labels
                    && (terms.isEmpty()
                            || terms.stream()
                                    .anyMatch(term -> (!term.labels().isEmpty()
                                                    || !term.fields().isEmpty())
                                            && term.labels().stream().allMatch(e -> holds(e, node.labels()))
                                            && term.fields().stream()
                                                    .allMatch(e -> holds(e, Map.of("metadata.name", node.name())))));
        }

        static boolean holds(Expression e, Map<String, String> labels) {
            boolean has = labels.containsKey(e.key());
            Set<String> values = new HashSet<>(e.values());
            if (e.operator().equals("In")) {
                return has && values.contains(labels.get(e.key()));
            }
            if (e.operator().equals("NotIn")) {
                return !values.isEmpty() && !(has && values.contains(labels.get(e.key())));
            }
            if (e.operator().equals("Exists") || e.operator().equals("DoesNotExist")) {
                return has == e.operator().equals("Exists");
            }
            if (!List.of("Gt", "Lt").contains(e.operator())
                    || !has
                    || e.values().size() != 1) {
                return false;
            }
            String text = labels.get(e.key());
            String bound = e.values().get(0);
            if (!text.matches("-?[0-9]+") || !bound.matches("-?[0-9]+")) {
                return false;
            }
            int sign = Integer.signum(Integer.parseInt(text) - Integer.parseInt(bound));
            return e.operator().equals("Gt") ? sign > 0 : sign < 0;
        }

        static boolean tolerated(PodObject pod, NodeObject node) {
            return node.taints().stream()
                    .filter(taint -> !taint.effect().equals("PreferNoSchedule"))
                    .allMatch(taint -> pod.spec().tolerations().stream()
                            .anyMatch(t -> (t.effect().isEmpty() || t.effect().equals(taint.effect()))
                                    && (t.key().isEmpty() || t.key().equals(taint.key()))
                                    && (t.operator().equals("Exists")
                                            || t.value().equals(taint.value()))));
        }

        boolean hasOdd(PodObject pod, NodeObject node) {
            long asked = pod.spec().requests().getOrDefault("example.com/odd", 0L);
            long used = others(pod).stream()
                    .filter(other -> Objects.equals(nodeOf(other), node))
                    .mapToLong(other -> other.spec().requests().getOrDefault("example.com/odd", 0L))
                    .sum();
            return asked == 0 || node.allocatable().getOrDefault("example.com/odd", 0L) - used >= asked;
        }

        boolean hasPorts(PodObject pod, NodeObject node) {
            for (PodObject other : others(pod)) {
                for (HostPort taken : other.spec().hostPorts()) {
                    for (HostPort wanted : pod.spec().hostPorts()) {
                        boolean sameIp = taken.ip().equals(wanted.ip())
                                || taken.ip().equals("0.0.0.0")
                                || wanted.ip().equals("0.0.0.0");
                        if (Objects.equals(nodeOf(other), node)
                                && taken.port() == wanted.port()
                                && taken.protocol().equals(wanted.protocol())
                                && sameIp) {
                            return false;
                        }
                    }
                }
            }
            return true;
        }

        static boolean about(PodTerm term, PodObject owner, PodObject other) {
            Set<String> namespaces = new HashSet<>(term.namespaces());
            if (namespaces.isEmpty()) {
                namespaces.add(owner.namespace());
            }
            return (term.allNamespaces() || namespaces.contains(other.namespace()))
                    && term.selector().stream().allMatch(e -> holds(e, other.labels()));
        }

        static List<PodTerm> terms(PodObject pod, Kind kind) {
            return pod.spec().podTerms().stream().filter(t -> t.kind() == kind).toList();
        }

        static boolean together(PodTerm term, NodeObject a, NodeObject b) {
            String value = a.labels().get(term.topologyKey());
            return value != null && value.equals(b.labels().get(term.topologyKey()));
        }

        boolean isNear(PodObject pod, NodeObject node) {
            List<PodTerm> terms = terms(pod, Kind.AFFINITY);
            List<NodeObject> found = others(pod).stream()
                    .filter(other -> terms.stream().allMatch(term -> about(term, pod, other)))
                    .map(other -> Objects.requireNonNull(nodeOf(other)))
                    .toList();
            boolean noneCounts = found.stream()
                    .noneMatch(
                            there -> terms.stream().anyMatch(t -> there.labels().containsKey(t.topologyKey())));
            boolean first = noneCounts && terms.stream().allMatch(term -> about(term, pod, pod));
            return terms.stream()
                    .allMatch(term -> node.labels().containsKey(term.topologyKey())
                            && (first || found.stream().anyMatch(there -> together(term, there, node))));
        }

        boolean nobodyMinds(PodObject pod, NodeObject node) {
            for (PodObject other : others(pod)) {
                NodeObject there = Objects.requireNonNull(nodeOf(other));
                boolean minds = terms(pod, Kind.ANTI_AFFINITY).stream()
                                .anyMatch(t -> about(t, pod, other) && together(t, there, node))
                        || terms(other, Kind.ANTI_AFFINITY).stream()
                                .anyMatch(t -> about(t, other, pod) && together(t, there, node));
                if (minds) {
                    return false;
                }
            }
            return true;
        }

        boolean spreads(PodObject pod, NodeObject node) {
            List<PodTerm> terms = terms(pod, Kind.SPREAD);
            List<NodeObject> counted = nodes.values().stream()
                    .filter(n -> selected(pod, n)
                            && terms.stream().allMatch(t -> n.labels().containsKey(t.topologyKey())))
                    .toList();
            for (PodTerm term : terms) {
                String value = node.labels().get(term.topologyKey());
                if (value == null) {
                    return false;
                }
                Map<String, Long> perDomain = counted.stream()
                        .collect(Collectors.groupingBy(
                                n -> n.labels().get(term.topologyKey()),
                                Collectors.summingLong(n -> others(pod).stream()
                                        .filter(other -> Objects.equals(nodeOf(other), n)
                                                && !other.deleting()
                                                && about(term, pod, other))
                                        .count())));
                long least = perDomain.values().stream()
                        .mapToLong(Long::longValue)
                        .min()
                        .orElse(0);
                long with = perDomain.getOrDefault(value, 0L) + (about(term, pod, pod) ? 1 : 0);
                if (with - least > term.maxSkew()) {
                    return false;
                }
            }
            return true;
        }
    }

    private static <T> T any(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static NodeObject node(Random random, String name) {
        Map<String, String> labels = new HashMap<>();
        for (String key : KEYS) {
            if (random.nextInt(4) > 0) {
                labels.put(key, any(random, VALUES));
            }
        }
        NodeObject node = Samples.node(name, Map.of("example.com/odd", (long) random.nextInt(3)), labels);
        Taint[] taints = new Taint[random.nextInt(3) == 0 ? 1 : 0];
        for (int i = 0; i < taints.length; i++) {
            taints[i] = new Taint(any(random, KEYS), any(random, VALUES), any(random, EFFECTS));
        }
        return Samples.withTaints(node, taints);
    }

    private static PodObject pod(Random random, String name) {
        Samples.Pod pod = Samples.pod(name).in(random.nextInt(3) == 0 ? "other" : "default");
        if (!name.equals("asked") && random.nextInt(4) > 0) {
            pod.on("n" + random.nextInt(6));
        }
        for (String key : KEYS) {
            if (random.nextBoolean()) {
                pod.label(key, any(random, VALUES));
            }
        }
        if (random.nextInt(3) == 0) {
            pod.select(any(random, KEYS), any(random, VALUES));
        }
        for (int i = random.nextInt(4); i > 2; i--) {
            pod.term(nodeTerm(random));
            pod.term(nodeTerm(random));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            pod.tolerates(new Toleration(
                    random.nextInt(3) == 0 ? "" : any(random, KEYS),
                    random.nextBoolean() ? "Exists" : "Equal",
                    any(random, VALUES),
                    random.nextBoolean() ? "" : any(random, EFFECTS)));
        }
        if (random.nextInt(3) == 0) {
            pod.podTerm(podTerm(random));
            if (random.nextInt(3) == 0) {
                pod.podTerm(podTerm(random));
            }
        }
        if (random.nextInt(4) == 0) {
            pod.port(new HostPort(
                    random.nextInt(4) == 0 ? "UDP" : "TCP",
                    random.nextInt(3) == 0 ? "0.0.0.0" : "10.0.0." + random.nextInt(2),
                    80 + random.nextInt(2)));
        }
        if (random.nextInt(4) == 0) {
            pod.asks("example.com/odd", random.nextInt(3));
        }
        if (random.nextInt(8) == 0) {
            pod.deleting();
        }
        if (random.nextInt(12) == 0) {
            pod.finished();
        }
        return pod.pod();
    }

    private static NodeTerm nodeTerm(Random random) {
        List<Expression> labels = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            labels.add(expression(random));
        }
        List<Expression> fields = random.nextInt(4) > 0
                ? List.of()
                : List.of(new Expression(
                        "metadata.name", random.nextBoolean() ? "In" : "NotIn", List.of("n" + random.nextInt(6))));
        return new NodeTerm(labels, fields);
    }

    private static Expression expression(Random random) {
        String operator = any(random, OPERATORS);
        List<String> values = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            values.add(any(random, VALUES));
        }
        return new Expression(any(random, KEYS), operator, values);
    }

    private static PodTerm podTerm(Random random) {
        Kind kind = any(random, List.of(Kind.values()));
        List<Expression> selector = random.nextInt(4) == 0
                ? List.of()
                : List.of(new Expression(any(random, KEYS), "In", List.of(any(random, VALUES), any(random, VALUES))));
        boolean spread = kind == Kind.SPREAD;
        return new PodTerm(
                kind,
                any(random, KEYS),
                selector,
                spread || random.nextBoolean() ? List.of() : List.of("other"),
                !spread && random.nextInt(5) == 0,
                spread ? 1 + random.nextInt(2) : 0);
    }
}
