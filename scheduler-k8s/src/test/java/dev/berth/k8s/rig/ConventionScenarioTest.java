package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Gangs and topologies by the objects of other systems, on an API server that has their kinds: installed late, made, changed and deleted while pods wait. The kinds are smaller than those of the
 * systems themselves; what is read of them is the same.
 */
@RealCluster
class ConventionScenarioTest {
    private static final String TIER = "fabric.topograph.run/tier-0";
    private static final String CELL = "example.com/cell";

    private static final Kind LAYERS =
            new Kind("ClusterNetworkTopology", "clusternetworktopologies", "scheduling.koordinator.sh", "v1alpha1");
    private static final Kind KUEUE = new Kind("Topology", "topologies", "kueue.x-k8s.io", "v1beta1");
    private static final Kind KAI = new Kind("Topology", "topologies", "kai.scheduler", "v1alpha1");
    private static final Kind HYPER_NODES = new Kind("HyperNode", "hypernodes", "topology.volcano.sh", "v1alpha1");

    /** A kind of object of some system. */
    private record Kind(String name, String plural, String group, String version) {
        String apiVersion() {
            return group + "/" + version;
        }

        String resource() {
            return plural + "." + group;
        }

        /** Whatever it looks like. */
        String definition() {
            return """
                    apiVersion: apiextensions.k8s.io/v1
                    kind: CustomResourceDefinition
                    metadata:
                      name: %1$s
                      annotations: {api-approved.kubernetes.io: "unapproved, a test"}
                    spec:
                      group: %2$s
                      names: {kind: %3$s, plural: %4$s}
                      scope: %5$s
                      versions:
                      - name: %6$s
                        served: true
                        storage: true
                        schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
                    """.formatted(
                    resource(), group, name, plural, name.startsWith("Pod") ? "Namespaced" : "Cluster", version);
        }
    }

    /**
     * A system whose pods name an object that says how many of them start together, and where.
     *
     * @param label name of the object, and label of the pods by which they belong together
     * @param labels of the pods
     * @param annotations of the pods
     * @param annotationOfObject one annotation, or nothing
     * @param spec of the object, with a place for a number of pods
     * @param further how many pods it asks for besides that number
     */
    private record Convention(
            String label,
            Kind kind,
            Map<String, String> labels,
            Map<String, String> annotations,
            String annotationOfObject,
            String spec,
            int further) {
        String object(String namespace, int min) {
            return """
                    apiVersion: %s
                    kind: %s
                    metadata: {namespace: %s, name: %s, annotations: {%s}}
                    spec: %s
                    """.formatted(
                    kind.apiVersion(), kind.name, namespace, label, annotationOfObject, spec.formatted(min - further));
        }
    }

    private static final List<Convention> CONVENTIONS = List.of(
            new Convention(
                    "grove",
                    new Kind("PodGang", "podgangs", "scheduler.grove.io", "v1alpha1"),
                    Map.of("grove.io/podgang", "grove"),
                    Map.of(),
                    "",
                    "{podgroups: [{name: leader, podReferences: [], minReplicas: 1},"
                            + " {name: workers, podReferences: [], minReplicas: %d}],"
                            + " topologyConstraint: {packConstraint: {required: " + TIER + "}}}",
                    1),
            new Convention(
                    "koordinator",
                    new Kind("PodGroup", "podgroups", "scheduling.sigs.k8s.io", "v1alpha1"),
                    Map.of("pod-group.scheduling.sigs.k8s.io", "koordinator"),
                    Map.of(),
                    "gang.scheduling.koordinator.sh/network-topology-spec:"
                            + " '{\"gatherStrategy\": [{\"layer\": \"tier-0\", \"strategy\": \"MustGather\"}]}'",
                    "{minMember: %d}",
                    0),
            new Convention(
                    "plugins",
                    new Kind("PodGroup", "podgroups", "scheduling.x-k8s.io", "v1alpha1"),
                    Map.of("scheduling.x-k8s.io/pod-group", "plugins"),
                    Map.of("berth.dev/required-tier", TIER),
                    "",
                    "{minMember: %d}",
                    0),
            new Convention(
                    "volcano",
                    new Kind("PodGroup", "podgroups", "scheduling.volcano.sh", "v1beta1"),
                    Map.of(),
                    Map.of("scheduling.k8s.io/group-name", "volcano"),
                    "",
                    "{minMember: %d, networkTopology: {mode: hard, highestTierName: tier-0}}",
                    0),
            new Convention(
                    "kai",
                    new Kind("PodGroup", "podgroups", "scheduling.run.ai", "v2alpha2"),
                    Map.of(),
                    Map.of("pod-group-name", "kai"),
                    "",
                    "{minMember: %d, topologyConstraint: {topology: any, requiredTopologyLevel: " + TIER + "}}",
                    0));

    private static void installKinds(Scene scene) {
        Stream<Kind> groups = CONVENTIONS.stream().map(Convention::kind);
        apply(
                scene,
                Stream.concat(groups, Stream.of(LAYERS, KUEUE, KAI, HYPER_NODES))
                        .map(Kind::definition)
                        .toList());
        scene.rig()
                .kubectl("wait", "--for=condition=Established", "--timeout=60s", "customresourcedefinitions", "--all");
    }

    private static void apply(Scene scene, Collection<String> objects) {
        scene.rig().kubectlApply(String.join("---\n", objects));
    }

    private Scene scene;
    private BerthProcess berth;

    /** With their kinds go the objects; the control plane is that of other tests as well. */
    @AfterEach
    void removeKinds() {
        if (scene != null) {
            scene.rig().kubectl("delete", "customresourcedefinitions", "--all");
        }
    }

    @Test
    void gangsFollowTheirObjectsThoughTheirKindsComeLate() {
        try (Scene opened = Scene.open(Mode.STEERED)) {
            scene = opened;
            scene.nodes(24, 8);
            berth = scene.startBerth();
            for (Convention convention : CONVENTIONS) {
                for (int i = 0; i < 5; i++) {
                    scene.bare(pod(convention.label, i, convention.labels, convention.annotations));
                }
            }
            // Nothing of that keeps others waiting.
            scene.gang("own", 4, 8);
            scene.awaitBound("own", 4);
            CONVENTIONS.forEach(convention -> awaitWhy(convention.label, "nothing says yet how many it needs"));

            installKinds(scene);
            make(6);
            CONVENTIONS.forEach(convention -> awaitWhy(convention.label, "5 of 6 are there"));
            CONVENTIONS.forEach(convention -> scene.rig()
                    .kubectl("delete", convention.kind.resource(), convention.label, "--namespace", scene.namespace()));
            CONVENTIONS.forEach(convention -> awaitWhy(convention.label, "nothing says yet how many it needs"));
            make(5);
            // A leaf has four nodes.
            CONVENTIONS.forEach(convention -> awaitWhy(convention.label, "tier-0"));
            CONVENTIONS.forEach(convention -> assertThat(scene.bound(convention.label))
                    .as(convention.label)
                    .isEmpty());
            make(4);
            for (Convention convention : CONVENTIONS) {
                Map<String, String> nodes = scene.awaitBound(convention.label, 4);
                assertThat(leaves(nodes.values())).as("%s", nodes).hasSize(1);
            }
            // The fifth ones may only follow.
            CONVENTIONS.forEach(convention -> assertThat(scene.bound(convention.label))
                    .as(convention.label)
                    .hasSize(4));
            assertThat(berth.log()).doesNotContain(" ERROR ");
        }
    }

    private void make(int min) {
        apply(
                scene,
                CONVENTIONS.stream()
                        .map(convention -> convention.object(scene.namespace(), min))
                        .toList());
    }

    /** Of YuniKorn there is no object: a pod declares groups for others, which may have come before it. */
    @Test
    void taskGroupsMayBeDeclaredAfterTheirPods() {
        try (Scene opened = Scene.open(Mode.STEERED)) {
            scene = opened;
            scene.nodes(3, 8);
            berth = scene.startBerth();
            Map<String, String> worker =
                    Map.of("yunikorn.apache.org/app-id", "spark", "yunikorn.apache.org/task-group-name", "workers");
            scene.bare(pod("workers", 0, Map.of(), worker));
            scene.bare(pod("workers", 1, Map.of(), worker));
            awaitWhy("workers", "nothing says yet how many it needs");
            scene.bare(pod(
                    "driver",
                    0,
                    Map.of(),
                    Map.of(
                            "yunikorn.apache.org/app-id",
                            "spark",
                            "yunikorn.apache.org/task-group-name",
                            "driver",
                            "yunikorn.apache.org/task-groups",
                            "[{\"name\": \"driver\", \"minMember\": 1}, {\"name\": \"workers\", \"minMember\": 2}]")));
            scene.awaitBound("driver", 1);
            scene.awaitBound("workers", 2);
        }
    }

    @Test
    void tiersAreThoseOfTheObjectsThatThereAre() {
        try (Scene opened = Scene.open(Mode.STEERED)) {
            scene = opened;
            installKinds(scene);
            for (int i = 0; i < 8; i++) {
                scene.node(new NodeBuilder(GpuObjects.node("node-" + i, 8))
                        .editMetadata()
                        .addToLabels(CELL, "cell-" + i % 4)
                        .endMetadata()
                        .build());
            }
            berth = scene.startBerth();
            Map<String, String> ring = Map.of(
                    "gang.scheduling.koordinator.sh/name", "ring",
                    "gang.scheduling.koordinator.sh/min-available", "4",
                    "gang.scheduling.koordinator.sh/network-topology-spec",
                            "{\"gatherStrategy\": [{\"layer\": \"BlockLayer\", \"strategy\": \"MustGather\"}]}");
            standOnlyWith(
                    "ring",
                    4,
                    ring,
                    "tier is 'block'",
                    LAYERS,
                    """
                    apiVersion: scheduling.koordinator.sh/v1alpha1
                    kind: ClusterNetworkTopology
                    metadata: {name: default}
                    spec:
                      networkTopologySpec:
                      - {topologyLayer: BlockLayer, labelKey: [%s]}
                      - {topologyLayer: NodeTopologyLayer, parentTopologyLayer: BlockLayer}
                    """.formatted(TIER),
                    Set.of(
                            Set.of("node-0", "node-1", "node-2", "node-3"),
                            Set.of("node-4", "node-5", "node-6", "node-7")));
            Map<String, String> admitted = Map.of(
                    "kueue.x-k8s.io/pod-group-total-count", "2", "kueue.x-k8s.io/podset-required-topology", CELL);
            standOnlyWith("admitted", 2, admitted, "tier is '" + CELL + "'", KUEUE, """
                    apiVersion: kueue.x-k8s.io/v1beta1
                    kind: Topology
                    metadata: {name: cells}
                    spec: {levels: [{nodeLabel: %s}, {nodeLabel: kubernetes.io/hostname}]}
                    """.formatted(CELL), cells());
            Map<String, String> packed = Map.of(
                    "pod-group-name", "packed",
                    "kai.scheduler/batch-min-member", "2",
                    "kai.scheduler/topology-required-placement", "Cell");
            standOnlyWith("packed", 2, packed, "tier is 'Cell'", KAI, """
                    apiVersion: kai.scheduler/v1alpha1
                    kind: Topology
                    metadata: {name: cells}
                    spec: {levels: [{nodeLabel: %s, alias: Cell}, {nodeLabel: kubernetes.io/hostname}]}
                    """.formatted(CELL), cells());
            apply(scene, List.of("""
                    apiVersion: scheduling.volcano.sh/v1beta1
                    kind: PodGroup
                    metadata: {namespace: %s, name: switched}
                    spec: {minMember: 2, networkTopology: {mode: hard, highestTierName: wing}}
                    """.formatted(scene.namespace())));
            Map<String, String> switched = Map.of("scheduling.volcano.sh/group-name", "switched");
            standOnlyWith(
                    "switched", 2, switched, "tier is 'wing'", HYPER_NODES, """
                    apiVersion: topology.volcano.sh/v1alpha1
                    kind: HyperNode
                    metadata: {name: wing-0}
                    spec:
                      tier: 1
                      tierName: wing
                      members:
                      - {type: Node, selector: {exactMatch: {name: node-2}}}
                      - {type: Node, selector: {regexMatch: {pattern: "-7$"}}}
                    """, Set.of(Set.of("node-2", "node-7")));
            assertThat(berth.log()).doesNotContain(" ERROR ");
        }
    }

    private static Set<Set<String>> cells() {
        return Set.of(
                Set.of("node-0", "node-4"),
                Set.of("node-1", "node-5"),
                Set.of("node-2", "node-6"),
                Set.of("node-3", "node-7"));
    }

    /** A gang that fills nodes waits until an object says what its tier is, and stands in one domain then. */
    private void standOnlyWith(
            String gang,
            int pods,
            Map<String, String> annotations,
            String why,
            Kind kind,
            String object,
            Set<Set<String>> domains) {
        Map<String, String> labels = annotations.keySet().stream().anyMatch(key -> key.startsWith("kueue"))
                ? Map.of("kueue.x-k8s.io/pod-group-name", gang)
                : Map.of();
        for (int i = 0; i < pods; i++) {
            scene.bare(pod(gang, i, labels, annotations));
        }
        awaitWhy(gang, why);
        apply(scene, List.of(object));
        assertThat(domains).contains(Set.copyOf(scene.awaitBound(gang, pods).values()));
        scene.end(gang);
        scene.rig().kubectl("delete", "--all", kind.resource());
        Await.until("no pod of " + gang, () -> scene.pods(gang).isEmpty());
    }

    private Pod pod(String app, int number, Map<String, String> labels, Map<String, String> annotations) {
        return new PodBuilder(scene.pod(app + "-" + number, 8))
                .editMetadata()
                .addToLabels(Scene.APP, app)
                .addToLabels(labels)
                .addToAnnotations(annotations)
                .endMetadata()
                .build();
    }

    private void awaitWhy(String app, String part) {
        Await.until("Berth knows " + app + "-0", () -> berth.knows(scene.namespace(), app + "-0"));
        Await.right(Await.LONG, () -> {
            JsonNode why = berth.why(scene.namespace(), app + "-0");
            String sentence = why.get("sentence").asText();
            List<String> all = new ArrayList<>(List.of(sentence));
            why.get("reasons").forEach(reason -> all.add(reason.asText()));
            return all.stream().anyMatch(text -> text.contains(part)) ? "" : app + ": " + all + ", not " + part;
        });
    }

    private static Set<Integer> leaves(Collection<String> nodes) {
        return nodes.stream()
                .map(node -> Integer.parseInt(node.replaceAll("\\D+", "")) / 4)
                .collect(Collectors.toSet());
    }
}
