package dev.berth.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.rig.Await;
import dev.berth.k8s.rig.GpuObjects;
import dev.berth.k8s.rig.RealCluster;
import dev.berth.k8s.rig.Rig;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributes;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The chart in a real API server: what it may, that upgrades keep what has to be kept, and that nothing stays behind. */
@RealCluster
class InstalledChartTest {
    private static final String ACCOUNT = "system:serviceaccount:" + Helm.NAMESPACE + ":berth";
    private static final List<String> VERBS =
            List.of("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection");

    /** What there is to ask for, as group/resource; all that Berth may do something with, and what an intruder would like. */
    private static final List<String> RESOURCES = List.of(
            "/nodes",
            "/nodes/status",
            "/nodes/proxy",
            "/pods",
            "/pods/binding",
            "/pods/status",
            "/pods/eviction",
            "/pods/exec",
            "/pods/log",
            "/pods/portforward",
            "/bindings",
            "/secrets",
            "/configmaps",
            "/events",
            "/namespaces",
            "/services",
            "/endpoints",
            "/serviceaccounts",
            "/serviceaccounts/token",
            "/persistentvolumes",
            "/persistentvolumeclaims",
            "storage.k8s.io/storageclasses",
            "storage.k8s.io/csinodes",
            "apps/deployments",
            "batch/jobs",
            "resource.k8s.io/resourceslices",
            "resource.k8s.io/resourceclaims",
            "scheduling.k8s.io/podgroups",
            "scheduling.k8s.io/podgroups/status",
            "scheduling.k8s.io/priorityclasses",
            "scheduling.x-k8s.io/podgroups",
            "scheduling.sigs.k8s.io/podgroups",
            "scheduling.volcano.sh/podgroups",
            "scheduling.run.ai/podgroups",
            "scheduler.grove.io/podgangs",
            "kueue.x-k8s.io/topologies",
            "kueue.x-k8s.io/workloads",
            "kai.scheduler/topologies",
            "scheduling.koordinator.sh/clusternetworktopologies",
            "scheduling.koordinator.sh/devices",
            "topology.volcano.sh/hypernodes",
            "events.k8s.io/events",
            "coordination.k8s.io/leases",
            "admissionregistration.k8s.io/mutatingwebhookconfigurations",
            "admissionregistration.k8s.io/mutatingadmissionpolicies",
            "rbac.authorization.k8s.io/clusterroles",
            "rbac.authorization.k8s.io/clusterrolebindings",
            "apiextensions.k8s.io/customresourcedefinitions",
            "policy/poddisruptionbudgets",
            "policy/poddisruptionbudgets/status",
            "certificates.k8s.io/certificatesigningrequests");

    private static final Set<String> READ = Set.of(
            "/nodes",
            "/pods",
            "/persistentvolumes",
            "/persistentvolumeclaims",
            "storage.k8s.io/storageclasses",
            "resource.k8s.io/resourceslices",
            "scheduling.k8s.io/podgroups",
            "scheduling.x-k8s.io/podgroups",
            "scheduling.sigs.k8s.io/podgroups",
            "scheduling.volcano.sh/podgroups",
            "scheduling.run.ai/podgroups",
            "scheduler.grove.io/podgangs",
            "kueue.x-k8s.io/topologies",
            "kai.scheduler/topologies",
            "scheduling.koordinator.sh/clusternetworktopologies",
            "topology.volcano.sh/hypernodes");

    @TempDir
    private static Path home;

    private static Rig rig;
    private static Helm helm;

    @BeforeAll
    static void start() {
        rig = Rig.start("--components", "etcd,kube-apiserver");
        helm = new Helm(home, rig.kubeconfig("admin"));
        for (String name : List.of(Helm.NAMESPACE, "berth", "team")) {
            rig.client().namespaces().resource(namespace(name)).create();
        }
    }

    @AfterAll
    static void stop() {
        if (rig != null) {
            rig.close();
        }
    }

    @AfterEach
    void remove() {
        helm.uninstall("--no-hooks", "--ignore-not-found").orThrow();
        rig.client().pods().inNamespace("team").withGracePeriod(0).delete();
    }

    private static Namespace namespace(String name) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .build();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mode=steered",
                "mode=steered,steering.heal=false",
                "mode=steered,steering.heal=false,preemption.gangs=veto",
                "mode=extender",
                "mode=extender,preemption.gangs=veto",
                "mode=extender,extender.scheduler=existing",
                "mode=both,steering.gate.by=policy"
            })
    void berthMayDoWhatItsModeNeedsAndNothingElse(String settings) {
        helm.release("install", settings).orThrow();
        Set<String> expected = new TreeSet<>();
        READ.forEach(resource -> List.of("get", "list", "watch").forEach(verb -> expected.add(verb + " " + resource)));
        expected.addAll(List.of("create events.k8s.io/events", "patch events.k8s.io/events", "patch /pods/status"));
        boolean steers = !settings.contains("mode=extender");
        if (steers) {
            expected.add("patch /pods");
        }
        if (steers && !settings.contains("heal=false") || !settings.contains("gangs=veto")) {
            expected.add("delete /pods");
        }
        if (!settings.contains("mode=steered")) {
            expected.add("create /pods/binding");
            List.of("get", "list", "watch").forEach(verb -> expected.add(verb + " policy/poddisruptionbudgets"));
        }
        assertThat(allowed("team")).isEqualTo(expected);

        expected.addAll(List.of("create coordination.k8s.io/leases", "patch /pods"));
        assertThat(allowed(Helm.NAMESPACE)).isEqualTo(expected);
        for (String verb : VERBS) {
            assertThat(mayI(Helm.NAMESPACE, verb, "coordination.k8s.io/leases", "berth"))
                    .as(verb)
                    .isEqualTo(Set.of("get", "create", "patch").contains(verb));
        }
    }

    private static Set<String> allowed(String namespace) {
        Set<String> allowed = new TreeSet<>();
        for (String resource : RESOURCES) {
            for (String verb : VERBS) {
                if (mayI(namespace, verb, resource, null)) {
                    allowed.add(verb + " " + resource);
                }
            }
        }
        return allowed;
    }

    private static boolean mayI(
            String namespace, String verb, String resource, @org.jspecify.annotations.Nullable String name) {
        String[] parts = resource.split("/", 3);
        ResourceAttributes asked = new ResourceAttributes();
        asked.setNamespace(namespace);
        asked.setVerb(verb);
        asked.setGroup(parts[0]);
        asked.setResource(parts[1]);
        asked.setSubresource(parts.length > 2 ? parts[2] : null);
        asked.setName(name);
        return rig.client()
                .authorization()
                .v1()
                .subjectAccessReview()
                .create(new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser(ACCOUNT)
                        .withGroups(
                                "system:serviceaccounts",
                                "system:serviceaccounts:" + Helm.NAMESPACE,
                                "system:authenticated")
                        .withResourceAttributes(asked)
                        .endSpec()
                        .build())
                .getStatus()
                .getAllowed();
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void aPlainManifestIsTakenWhole(Path manifest) throws Exception {
        // cert-manager is not there; its objects are left out.
        Path file = home.resolve("manifest.yaml");
        StringBuilder kept = new StringBuilder();
        for (String document : Files.readString(manifest).split("(?m)^---$", -1)) {
            if (!document.contains("apiVersion: cert-manager.io/v1\n")) {
                kept.append("---\n").append(document);
            }
        }
        Files.writeString(file, kept);
        rig.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", file.toString());
    }

    static List<Path> manifests() throws java.io.IOException {
        try (var files = Files.list(Helm.DEPLOY.resolve("manifests"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void anUpgradeKeepsTheCertificates() {
        helm.release("install", "mode=steered").orThrow();
        var before = secret("berth-server-tls");
        helm.release("upgrade", "mode=both,replicas=3").orThrow();
        assertThat(secret("berth-server-tls")).isEqualTo(before);
        String bundle = rig.client()
                .admissionRegistration()
                .v1()
                .mutatingWebhookConfigurations()
                .withName("berth-system-berth")
                .get()
                .getWebhooks()
                .get(0)
                .getClientConfig()
                .getCaBundle();
        assertThat(bundle).isEqualTo(before.get("ca.crt"));
        // Whoever deletes them gets new ones, and the webhook knows.
        rig.client()
                .secrets()
                .inNamespace(Helm.NAMESPACE)
                .withName("berth-server-tls")
                .delete();
        helm.release("upgrade", "mode=both,replicas=3").orThrow();
        assertThat(secret("berth-server-tls").get("ca.crt"))
                .isNotEqualTo(bundle)
                .isEqualTo(secret("berth-client-tls").get("ca.crt"));
    }

    private static java.util.Map<String, String> secret(String name) {
        return Objects.requireNonNull(rig.client()
                .secrets()
                .inNamespace(Helm.NAMESPACE)
                .withName(name)
                .get()
                .getData());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mode=steered", "mode=both,steering.gate.by=policy"})
    void beforeItIsRemovedNothingMoreIsGatedAndAllIsReleased(String settings) {
        helm.release("install", settings).orThrow();
        boolean policy = settings.contains("policy");
        if (policy) {
            Await.until("the policy gates", () -> isGated(dryRun("probe")));
        }
        CompletableFuture<Helm.Ended> uninstall = Await.meanwhile(() -> helm.uninstall("--timeout", "60s"));
        Job job = awaitJob(uninstall);
        assertThat(job.getSpec().getTemplate().getSpec().getContainers().get(0).getArgs())
                .containsExactly("k8s", "release", "--all");
        String account = "system:serviceaccount:" + Helm.NAMESPACE + ":"
                + job.getSpec().getTemplate().getSpec().getServiceAccountName();
        assertThat(rig.kubectl("auth", "can-i", "patch", "pods", "-n", "team", "--as", account))
                .startsWith("yes");
        // Admission is off by now: what is created while the Job runs is not held.
        if (policy) {
            Await.until("the policy gates no more", () -> !isGated(dryRun("probe")));
        } else {
            assertThat(rig.client()
                            .admissionRegistration()
                            .v1()
                            .mutatingWebhookConfigurations()
                            .withName("berth-system-berth")
                            .get()
                            .getWebhooks())
                    .isEmpty();
        }
        complete(job);
        uninstall.join().orThrow();
        String left = rig.kubectl(
                "get",
                "deployments,jobs,services,configmaps,secrets,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,"
                        + "networkpolicies,poddisruptionbudgets,mutatingwebhookconfigurations,mutatingadmissionpolicies,mutatingadmissionpolicybindings",
                "--all-namespaces",
                "-l",
                "app.kubernetes.io/instance=berth",
                "-o",
                "name");
        // Kept, so that somebody can read what it said.
        assertThat(left.lines()).isSubsetOf("job.batch/berth-release");
    }

    @Test
    void whenItNoLongerSteersWhatItHeldIsReleased() {
        helm.release("install", "mode=steered").orThrow();
        CompletableFuture<Helm.Ended> upgrade =
                Await.meanwhile(() -> helm.release("upgrade", "mode=extender", "--timeout", "60s"));
        complete(awaitJob(upgrade));
        upgrade.join().orThrow();
        assertThat(rig.kubectl("get", "mutatingwebhookconfigurations", "-o", "name"))
                .isEmpty();
    }

    private static Pod dryRun(String name) {
        return rig.client()
                .pods()
                .inNamespace("team")
                .resource(GpuObjects.pod("team", name, 1))
                .dryRun()
                .create();
    }

    private static boolean isGated(Pod pod) {
        return pod.getSpec().getSchedulingGates().stream()
                .anyMatch(gate -> gate.getName().equals("berth.dev/plan"));
    }

    private static Job awaitJob(CompletableFuture<Helm.Ended> helmCommand) {
        var job = rig.client().batch().v1().jobs().inNamespace(Helm.NAMESPACE).withName("berth-release");
        Await.until("the Job is there", () -> helmCommand.isDone() || job.get() != null);
        assertThat(helmCommand).as(() -> helmCommand.join().said()).isNotDone();
        return Objects.requireNonNull(job.get());
    }

    /** Says of a Job what its controller, which the rig has none of, would say. */
    private static void complete(Job job) {
        String now = Instant.now().toString().replaceAll("\\.\\d+Z", "Z");
        rig.client()
                .batch()
                .v1()
                .jobs()
                .resource(new JobBuilder(job)
                        .withNewStatus()
                        .withStartTime(now)
                        .withCompletionTime(now)
                        .withSucceeded(1)
                        .withConditions(
                                new JobConditionBuilder()
                                        .withType("SuccessCriteriaMet")
                                        .withStatus("True")
                                        .withLastTransitionTime(now)
                                        .build(),
                                new JobConditionBuilder()
                                        .withType("Complete")
                                        .withStatus("True")
                                        .withLastTransitionTime(now)
                                        .build())
                        .endStatus()
                        .build())
                .patchStatus();
    }
}
