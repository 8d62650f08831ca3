package dev.berth.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.k8s.rig.RealCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the chart renders to, by the real helm. */
@RealCluster
public class ChartTest {
    private static final Set<String> CLUSTER_WIDE = Set.of(
            "ClusterRole",
            "ClusterRoleBinding",
            "MutatingWebhookConfiguration",
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding");

    @TempDir
    private static Path home;

    private static Helm helm;

    @BeforeAll
    static void build() {
        helm = new Helm(home, null);
    }

    /** Every mode with every way of each choice, all that can be switched on switched on. */
    public static Stream<String> settings() {
        List<String> all = new ArrayList<>();
        for (String mode : List.of("steered", "extender", "both")) {
            for (String gate : List.of("webhook", "policy", "template")) {
                for (String scheduler : List.of("own", "existing")) {
                    // Where certificates come from and who gates have to do with each other only by the webhook.
                    for (String tls :
                            gate.equals("webhook") ? List.of("helm", "certManager", "secret") : List.of("helm")) {
                        all.add("mode=" + mode + ",steering.gate.by=" + gate + ",extender.scheduler=" + scheduler
                                + ",tls.source=" + tls
                                + ",tls.secret.server=s,tls.secret.client=c,tls.secret.caBundle=-----BEGIN CERTIFICATE-----"
                                + ",serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboard.enabled=true");
                    }
                }
            }
        }
        all.add("podDisruptionBudget.enabled=false,networkPolicy.enabled=false");
        all.add("replicas=1");
        all.add(
                "readBack.prometheus.url=http://prometheus:9090,readBack.prometheus.tokenFile=/t,readBack.prometheus.caFile=/c"
                        + ",readBack.podResources.volume.persistentVolumeClaim.claimName=pod-resources");
        all.add("steering.gate.url=https://berth.example/mutate");
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everyChoiceRendersToObjectsThatFitEachOther(String settings) {
        helm.lint(settings).orThrow();
        List<JsonNode> objects = Helm.objects(helm.template(settings).orThrow());
        assertThat(objects).isNotEmpty();
        for (JsonNode object : objects) {
            String name = object.path("kind").asText() + " "
                    + object.at("/metadata/name").asText();
            String namespace = object.at("/metadata/namespace").asText();
            if (CLUSTER_WIDE.contains(object.path("kind").asText())) {
                assertThat(namespace).as(name).isEmpty();
                assertThat(object.at("/metadata/name").asText()).startsWith(Helm.NAMESPACE);
            } else {
                assertThat(namespace).as(name).isIn(Helm.NAMESPACE, "kube-system");
            }
            assertThat(object.at("/metadata/labels/app.kubernetes.io~1instance").asText())
                    .as(name)
                    .isEqualTo("berth");
        }
        List<JsonNode> pods = podTemplates(objects);
        pods.forEach(ChartTest::checkSecurity);
        pods.forEach(pod -> checkMounts(pod, objects));
        checkServices(objects, pods);
        checkAccounts(objects, pods);
    }

    private static List<JsonNode> podTemplates(List<JsonNode> objects) {
        return objects.stream()
                .map(object -> object.at("/spec/template"))
                .filter(template -> template.has("spec"))
                .toList();
    }

    /** What the namespace's level "restricted" of the Pod Security Standards asks for, and a root that nobody writes to. */
    private static void checkSecurity(JsonNode pod) {
        JsonNode context = pod.at("/spec/securityContext");
        assertThat(context.path("runAsNonRoot").asBoolean()).isTrue();
        assertThat(context.path("runAsUser").asInt()).isNotZero();
        assertThat(context.at("/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        for (JsonNode container : pod.at("/spec/containers")) {
            JsonNode own = container.path("securityContext");
            assertThat(own.path("readOnlyRootFilesystem").asBoolean()).isTrue();
            assertThat(own.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
            assertThat(own.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
            assertThat(container.at("/resources/requests/memory").asText()).isNotEmpty();
            assertThat(container.at("/resources/limits/memory").asText()).isNotEmpty();
        }
    }

    /** Each mount has its volume, and what a volume is made of is in the chart, or made by cert-manager, or given. */
    private static void checkMounts(JsonNode pod, List<JsonNode> objects) {
        Set<String> volumes = new HashSet<>();
        pod.at("/spec/volumes").forEach(volume -> {
            volumes.add(volume.path("name").asText());
            String map = volume.at("/configMap/name").asText();
            if (!map.isEmpty()) {
                assertThat(namesOf(objects, "ConfigMap")).contains(map);
            }
            String secret = volume.at("/secret/secretName").asText();
            if (!secret.isEmpty()) {
                Set<String> secrets = new HashSet<>(Set.of("s", "c"));
                secrets.addAll(namesOf(objects, "Secret"));
                secrets.addAll(namesOf(objects, "Certificate"));
                assertThat(secrets).contains(secret);
            }
        });
        Set<String> mounted = new HashSet<>();
        for (JsonNode container : pod.at("/spec/containers")) {
            container
                    .path("volumeMounts")
                    .forEach(mount -> mounted.add(mount.path("name").asText()));
        }
        assertThat(mounted).isEqualTo(volumes);
    }

    /** Each service finds pods, and on them the port that it names; the label of the leader is one that pods get later. */
    private static void checkServices(List<JsonNode> objects, List<JsonNode> pods) {
        for (JsonNode service : objects) {
            if (!service.path("kind").asText().equals("Service") || pods.isEmpty()) {
                continue;
            }
            Map<String, String> selector = texts(service.at("/spec/selector"));
            selector.remove("berth.dev/leader");
            List<JsonNode> chosen = pods.stream()
                    .filter(pod -> texts(pod.at("/metadata/labels")).entrySet().containsAll(selector.entrySet()))
                    .toList();
            if (chosen.isEmpty() && namesOf(objects, "Deployment").isEmpty()) {
                continue; // Berth runs elsewhere.
            }
            assertThat(chosen).as(service.at("/metadata/name").asText()).hasSize(1);
            Set<String> ports = new HashSet<>();
            chosen.get(0)
                    .at("/spec/containers/0/ports")
                    .forEach(port -> ports.add(port.path("name").asText()));
            service.at("/spec/ports")
                    .forEach(port ->
                            assertThat(ports).contains(port.path("targetPort").asText()));
        }
    }

    /** Each pod has an account of the chart, and each account is bound to rights of the chart or of Kubernetes itself. */
    private static void checkAccounts(List<JsonNode> objects, List<JsonNode> pods) {
        for (JsonNode pod : pods) {
            assertThat(namesOf(objects, "ServiceAccount"))
                    .contains(pod.at("/spec/serviceAccountName").asText());
        }
        for (JsonNode object : objects) {
            String role = object.at("/roleRef/name").asText();
            if (!role.isEmpty() && !role.startsWith("system:") && !role.startsWith("extension-")) {
                assertThat(namesOf(objects, object.at("/roleRef/kind").asText()))
                        .contains(role);
            }
            object.path("subjects")
                    .forEach(subject -> assertThat(namesOf(objects, "ServiceAccount"))
                            .contains(subject.path("name").asText()));
        }
    }

    private static Set<String> namesOf(List<JsonNode> objects, String kind) {
        Set<String> names = new TreeSet<>();
        objects.stream()
                .filter(object -> object.path("kind").asText().equals(kind))
                .forEach(object -> names.add(object.at("/metadata/name").asText()));
        return names;
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new java.util.HashMap<>();
        object.properties()
                .forEach(property ->
                        texts.put(property.getKey(), property.getValue().asText()));
        return texts;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mode=other | '/mode': value must be one of 'steered', 'extender', 'both'",
                "mod=steered | additional properties 'mod' not allowed",
                "cluster.presets=auto | '/cluster': additional properties 'presets' not allowed",
                "cluster.managedResources={cpu} | '/cluster/managedResources/0': 'cpu' does not match",
                "cluster.managedResources={nvidia.com/*x} | '/cluster/managedResources/0'",
                "cluster.managedResources=null | '/cluster': missing property 'managedResources'",
                "replicas=0 | '/replicas': minimum: got 0, want 1",
                "replicas=two | '/replicas': got string, want integer",
                "steering.how=push | '/steering/how': value must be one of 'auto', 'pin', 'nominate'",
                "steering.gate.by=hand | '/steering/gate/by': value must be one of 'webhook', 'policy', 'template'",
                "steering.gate.url=http://berth | '/steering/gate/url'",
                "preemption.gangs=some | '/preemption/gangs': value must be one of 'whole', 'veto'",
                "steering.gangTimeoutSeconds=0 | '/steering/gangTimeoutSeconds': minimum",
                "extender.own.percentageOfNodesToScore=101 | '/extender/own/percentageOfNodesToScore': maximum: got 101, want 100",
                "extender.own.schedulerName=default-scheduler | '/extender/own/schedulerName'",
                "tls.source=none | '/tls/source': value must be one of 'helm', 'certManager', 'secret'",
                "image.digest=abc | '/image/digest'",
                "lease.durationSeconds=1.5 | '/lease/durationSeconds'",
                "lease.renewSeconds=2 | lease.renewSeconds: 2, allowed: 0.1 less than lease.durationSeconds at most, which is 2",
                "tls.source=secret | tls.secret.caBundle: the webhook needs",
                "mode=extender,tls.source=secret,tls.secret.client=c | tls.secret.server: the name of a secret is needed",
                "mode=extender,cluster.managedResources={example.com/*} | cluster.managedResources: 'example.com/*': kube-scheduler knows no patterns",
            })
    void aValueThatCannotBeIsNamed(String settings, String message) {
        Helm.Ended ended = helm.template(settings);
        assertThat(ended.status()).as(ended.said()).isNotZero();
        assertThat(ended.said()).contains(message);
    }

    @Test
    void thePolicyNeedsAClusterThatKnowsIt() {
        String settings = "steering.gate.by=policy";
        assertThat(helm.template(settings, "--kube-version", "1.35.4").said())
                .contains("steering.gate.by: policy needs Kubernetes 1.36 or newer, this is v1.35.4; use webhook");
        helm.template("", "--kube-version", "1.30.0").orThrow();
        assertThat(helm.template("", "--kube-version", "1.29.9").status()).isNotZero();
    }

    @Test
    void kubeSchedulerIsNamedEachResourceAndNoPattern() {
        JsonNode configuration = Helm.objects(helm.template("mode=extender").orThrow()).stream()
                .map(object -> object.at("/data/scheduler.yaml").asText())
                .filter(text -> !text.isEmpty())
                .map(text -> Helm.objects(text).get(0))
                .findFirst()
                .orElseThrow();
        List<String> names = StreamSupport.stream(
                        configuration.at("/extenders/0/managedResources").spliterator(), false)
                .map(resource -> resource.path("name").asText())
                .toList();
        assertThat(names)
                .contains("nvidia.com/gpu", "amd.com/gpu", "nvidia.com/mig-1g.10gb", "nvidia.com/mig-1g.10gb.me")
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[a-z.]+/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"));
        assertThat(configuration.at("/profiles/0/percentageOfNodesToScore").asInt())
                .isEqualTo(100);
    }

    @Test
    void whatServesIsWhatIsAskedFor() {
        for (String mode : List.of("steered", "extender", "both")) {
            JsonNode settings = settingsOf("mode=" + mode);
            assertThat(settings.path("mode").asText()).isEqualTo(mode);
            assertThat(settings.path("steering").has("how")).isEqualTo(!mode.equals("extender"));
            assertThat(settings.at("/preemption/gangs").asText()).isEqualTo("whole");
            assertThat(settings.has("extender")).isEqualTo(!mode.equals("steered"));
            assertThat(settings.path("server").has("webhook")).isEqualTo(!mode.equals("extender"));
            assertThat(settings.path("server").has("extender")).isEqualTo(!mode.equals("steered"));
        }
        assertThat(settingsOf("steering.gate.by=policy").path("server").has("webhook"))
                .isFalse();
        // Pods that choose a scheduler of ours are placed too, gangs among them.
        for (String mode : List.of("extender", "both")) {
            assertThat(settingsOf("mode=" + mode).at("/steering/schedulerNames").toString())
                    .isEqualTo("[\"default-scheduler\",\"berth\"]");
        }
        assertThat(settingsOf("mode=both,extender.scheduler=existing")
                        .at("/steering/schedulerNames")
                        .toString())
                .isEqualTo("[\"default-scheduler\"]");
    }

    private static JsonNode settingsOf(String settings) {
        return Helm.objects(helm.template(settings).orThrow()).stream()
                .map(object -> object.at("/data/berth.yaml").asText())
                .filter(text -> !text.isEmpty())
                .map(text -> Helm.objects(text).get(0))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void thePlainManifestsAreWhatTheChartRendersTo() {
        Helm.run(List.of(Helm.DEPLOY.resolve("render").toString(), "--check"), Map.of())
                .orThrow();
    }

    @Test
    void theDashboardsPanelsStandBesideEachOther() throws Exception {
        JsonNode dashboard = new ObjectMapper()
                .readTree(Helm.DEPLOY.resolve("berth/files/dashboard.json").toFile());
        Set<Integer> ids = new HashSet<>();
        Set<List<Integer>> taken = new HashSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            assertThat(ids.add(panel.path("id").asInt())).isTrue();
            JsonNode at = panel.path("gridPos");
            assertThat(at.path("x").asInt() + at.path("w").asInt()).isLessThanOrEqualTo(24);
            for (int x = 0; x < at.path("w").asInt(); x++) {
                for (int y = 0; y < at.path("h").asInt(); y++) {
                    assertThat(taken.add(List.of(
                                    at.path("x").asInt() + x, at.path("y").asInt() + y)))
                            .as(panel.path("title").asText())
                            .isTrue();
                }
            }
        }
    }
}
