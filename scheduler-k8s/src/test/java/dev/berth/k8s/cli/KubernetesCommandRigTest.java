package dev.berth.k8s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.page.PageRig;
import dev.berth.k8s.rig.Rig;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import io.fabric8.kubernetes.api.model.PodSchedulingGateBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The commands on a real API server, with the rights that they need and no more. */
@Tag("rig")
@Timeout(300)
final class KubernetesCommandRigTest {
    private static Rig rig;

    @BeforeAll
    static void start() {
        if (!Rig.isAvailable()) {
            System.err.println("SKIPPED: no go in PATH, so berth k8s is not tested on a real API server");
        }
        Assumptions.assumeTrue(Rig.isAvailable(), "no go in PATH");
        rig = Rig.start("--user", "releaser", "--user", "reader", "--user", "asker");
        rig.kubectlApply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: releaser}
                rules:
                - {apiGroups: [""], resources: [pods], verbs: [get, list, patch]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: {name: releaser}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: releaser}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: releaser}]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: reader}
                rules:
                - {apiGroups: [""], resources: [pods], verbs: [get, list]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: {name: reader}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: reader}]
                """);
    }

    @AfterAll
    static void end() {
        if (rig != null) {
            rig.close();
        }
    }

    private static Run k8s(String user, String... arguments) {
        List<String> all = new ArrayList<>(List.of("k8s"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--kubeconfig", rig.kubeconfig(user).toString()));
        return Run.of(all.toArray(new String[0]));
    }

    private static void namespace(String name) {
        rig.client()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
    }

    private static void gated(String namespace, String name, String... gates) {
        List<PodSchedulingGate> list = new ArrayList<>();
        for (String gate : gates) {
            list.add(new PodSchedulingGateBuilder().withName(gate).build());
        }
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withImage("none")
                .endContainer()
                .withSchedulingGates(list)
                .endSpec()
                .build();
        rig.client().resource(pod).create();
    }

    private static List<String> gates(String namespace, String name) {
        Pod pod = rig.client().pods().inNamespace(namespace).withName(name).get();
        return pod.getSpec().getSchedulingGates().stream()
                .map(gate -> gate.getName())
                .toList();
    }

    @Test
    void releaseFreesEveryGatedPodOfTheCluster() {
        namespace("one");
        namespace("two");
        for (int i = 0; i < 60; i++) {
            gated("one", "pod-" + i, "berth.dev/plan");
        }
        gated("two", "both", "example.com/first", "berth.dev/plan", "example.com/last");
        gated("two", "other", "example.com/first");
        gated("two", "free");

        Run dry = k8s("releaser", "release", "--all-namespaces", "--dry-run");
        assertThat(dry.code()).isZero();
        assertThat(dry.out()).startsWith("Would release 61 pods in 2 namespaces\n  - one: 60 pods\n  - two: 1 pod\n");
        assertThat(gates("one", "pod-7")).containsExactly("berth.dev/plan");

        Run named = k8s("releaser", "release", "-n", "one", "pod-7", "two/free");
        assertThat(named.err()).contains("two namespaces");
        named = k8s("releaser", "release", "one/pod-7", "two/free");
        assertThat(named.code()).isZero();
        assertThat(named.out())
                .startsWith("Released 1 pod in namespace one\n")
                .contains("Not held by Berth's gate\n  - two/free");
        assertThat(gates("one", "pod-7")).isEmpty();

        // Who may only read changes nothing, and is told so pod by pod.
        Run reader = k8s("reader", "release", "-n", "two");
        assertThat(reader.code()).isEqualTo(1);
        assertThat(reader.out())
                .startsWith("Released 0 of 1 pod in namespace two\n")
                .contains("Not released\n  - two/both: pods \"both\" is forbidden: User \"reader\" cannot patch");

        Run all = k8s("releaser", "release", "--all-namespaces", "--format", "json");
        assertThat(all.code()).isZero();
        assertThat(all.out()).contains("\"held\" : 60", "\"released\" : 60", "\"failed\" : 0");
        for (int i = 0; i < 60; i++) {
            assertThat(gates("one", "pod-" + i)).isEmpty();
        }
        assertThat(gates("two", "both")).containsExactly("example.com/first", "example.com/last");
        assertThat(gates("two", "other")).containsExactly("example.com/first");
        Run again = k8s("releaser", "release", "--all-namespaces");
        assertThat(again.code()).isZero();
        assertThat(again.out()).isEqualTo("No pod here is held by Berth's gate\n");
    }

    @Test
    void aStaleViewReleasesNoOtherPodOfThatName() {
        namespace("stale");
        gated("stale", "pod", "example.com/a", "berth.dev/plan");
        try (KubernetesClient client = rig.clientOf("releaser")) {
            Gated seen =
                    Gated.of(client.pods().inNamespace("stale").withName("pod").get());
            // Its gates move while it is looked at, so the place of ours is another one.
            rig.kubectl(
                    "-n",
                    "stale",
                    "patch",
                    "pod",
                    "pod",
                    "--type=json",
                    "-p=[{\"op\":\"remove\",\"path\":\"/spec/schedulingGates/0\"}]");
            Releaser releaser = new Releaser(client);
            assertThat(releaser.release(seen).kind()).isEqualTo(Releaser.Kind.RELEASED);
            assertThat(releaser.release(seen).kind()).isEqualTo(Releaser.Kind.FREE);
            rig.kubectl("-n", "stale", "delete", "pod", "pod", "--grace-period=0", "--force");
            assertThat(releaser.release(seen).kind()).isEqualTo(Releaser.Kind.GONE);
            gated("stale", "pod", "berth.dev/plan");
            assertThat(releaser.release(seen).kind()).isEqualTo(Releaser.Kind.GONE);
            assertThat(gates("stale", "pod")).containsExactly("berth.dev/plan");
            // The other test counts what is gated in the whole cluster.
            rig.client()
                    .pods()
                    .inNamespace("stale")
                    .withName("pod")
                    .withGracePeriod(0)
                    .delete();
        }
    }

    /** kwok stands for kubelet: it forwards the port of the pod to the page that this test serves. */
    @Test
    void whyAndStatusGoThroughAForwardedPort() throws Exception {
        try (PageRig page = new PageRig()) {
            Process kwok = kwok(page.port());
            try {
                rig.kubectlApply("""
                        apiVersion: v1
                        kind: Namespace
                        metadata: {name: berth}
                        ---
                        apiVersion: v1
                        kind: Node
                        metadata: {name: node-1}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: berth-0, namespace: berth, labels: {berth.dev/leader: "true"}}
                        spec:
                          nodeName: node-1
                          containers: [{name: berth, image: none}]
                        ---
                        apiVersion: rbac.authorization.k8s.io/v1
                        kind: Role
                        metadata: {name: asker, namespace: berth}
                        rules:
                        - {apiGroups: [""], resources: [pods], verbs: [list]}
                        - {apiGroups: [""], resources: [pods/portforward], verbs: [get, create]}
                        - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get]}
                        ---
                        apiVersion: rbac.authorization.k8s.io/v1
                        kind: RoleBinding
                        metadata: {name: asker, namespace: berth}
                        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: asker}
                        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: asker}]
                        """);
                rig.client().pods().inNamespace("berth").withName("berth-0").waitUntilReady(120, TimeUnit.SECONDS);
                rig.client()
                        .nodes()
                        .withName("node-1")
                        .waitUntilCondition(
                                node -> node.getStatus().getDaemonEndpoints() != null
                                        && node.getStatus()
                                                        .getDaemonEndpoints()
                                                        .getKubeletEndpoint()
                                                        .getPort()
                                                > 0,
                                120,
                                TimeUnit.SECONDS);

                Run why = k8s("asker", "why", "team-vision/eval-x");
                assertThat(why.out()).startsWith("team-vision/eval-x waits\n").contains("Would help\n");
                assertThat(why.code()).isZero();
                Run status = k8s("asker", "status");
                assertThat(status.out()).startsWith("Berth decides\n").contains("gang train/llama-405b, 64 pods");
                assertThat(status.code()).isZero();
                // Without the right to forward, the reason is told, and the pod's own record where that may be read.
                Run reader = k8s("reader", "status");
                assertThat(reader.code()).isEqualTo(1);
                assertThat(reader.out().replaceAll("\\s+", " "))
                        .contains("Berth does not answer: cannot reach port 9080 of pod berth/berth-0");
            } finally {
                kwok.destroyForcibly().waitFor();
            }
        }
    }

    private static Process kwok(int pagePort) throws IOException {
        Path program = Path.of(rigScript("build", "--paths", "kwok").strip());
        Path folder = Files.createDirectories(rig.folder().resolve("forwarding"));
        String stages = Files.readString(program.resolveSibling("stages.yaml"));
        Path configuration = folder.resolve("kwok.yaml");
        Files.writeString(configuration, """
                kind: ClusterPortForward
                apiVersion: kwok.x-k8s.io/v1alpha1
                metadata: {name: page}
                spec:
                  forwards:
                  - ports: [9080]
                    target: {port: %d, address: 127.0.0.1}
                ---
                """.formatted(pagePort) + stages);
        String port = Integer.toString(rig.port("kwok"));
        return new ProcessBuilder(
                        program.toString(),
                        "--config=" + configuration,
                        "--kubeconfig=" + rig.kubeconfig("admin"),
                        "--manage-all-nodes",
                        "--node-lease-duration-seconds=40",
                        "--server-address=127.0.0.1:" + port,
                        "--node-ip=127.0.0.1",
                        "--node-port=" + port,
                        "--tls-cert-file=" + rig.certificate("kube-apiserver.crt"),
                        "--tls-private-key-file=" + rig.certificate("kube-apiserver.key"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    private static String rigScript(String... command) throws IOException {
        List<String> all = new ArrayList<>(List.of(command));
        all.set(0, Rig.scripts().resolve(command[0]).toString());
        Process process = new ProcessBuilder(all).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertThat(process.waitFor()).isZero();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return said;
    }
}
