package dev.berth.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.berth.k8s.rig.Await;
import dev.berth.k8s.rig.Pem;
import dev.berth.k8s.rig.RealCluster;
import dev.berth.k8s.rig.Rig;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which pods are gated, by a real API server, whether the webhook does it or the policy: the same ones. */
@RealCluster
class GateTest {
    private static final String GATE = "berth.dev/plan";

    @TempDir
    private static Path home;

    private static Rig rig;
    private static Helm helm;

    /**
     * A pod in all that decides.
     *
     * @param namespace where it is created
     * @param init whether an init container asks for the resource, not a container
     * @param resource what it asks for one of, or null
     * @param schedulerName its scheduler
     * @param label value of the label {@code berth.dev/ignore}, or null
     * @param annotations its annotations
     * @param nodeName its node, or null
     * @param gates gates that it has already
     */
    private record Asked(
            String namespace,
            boolean init,
            @Nullable String resource,
            String schedulerName,
            @Nullable String label,
            Map<String, String> annotations,
            @Nullable String nodeName,
            List<String> gates) {

        /** What docs/kubernetes.md says. */
        boolean isToBeGated() {
            boolean wantsGpu = resource != null
                            && (resource.equals("nvidia.com/gpu")
                                    || resource.startsWith("nvidia.com/mig-")
                                    || resource.equals("amd.com/gpu"))
                    || annotations.containsKey("gpu-fraction");
            boolean leftAlone = "true".equals(label) || "true".equals(annotations.get("berth.dev/ignore"));
            return namespace.equals("team")
                    && wantsGpu
                    && schedulerName.equals("default-scheduler")
                    && !leftAlone
                    && nodeName == null;
        }

        Pod pod() {
            var resources = new PodBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withName("pod")
                    .addToLabels(label == null ? Map.of() : Map.of("berth.dev/ignore", label))
                    .addToAnnotations(annotations)
                    .endMetadata()
                    .withNewSpec()
                    .withNodeName(nodeName)
                    .withSchedulerName(schedulerName)
                    .addNewContainer()
                    .withName("main")
                    .withImage("registry.example/none")
                    .endContainer();
            gates.forEach(
                    gate -> resources.addNewSchedulingGate().withName(gate).endSchedulingGate());
            Pod pod = resources.endSpec().build();
            if (init) {
                pod.getSpec()
                        .getInitContainers()
                        .add(pod.getSpec().getContainers().get(0).toBuilder()
                                .withName("init")
                                .build());
            }
            if (resource != null) {
                (init ? pod.getSpec().getInitContainers() : pod.getSpec().getContainers())
                        .get(0)
                        .setResources(new ResourceRequirementsBuilder()
                                .addToLimits(resource, new Quantity("1"))
                                .build());
            }
            return pod;
        }
    }

    private static List<Asked> everyPod() {
        List<Asked> all = new ArrayList<>();
        for (String resource : new @Nullable String[] {
            null, "cpu", "nvidia.com/gpu", "nvidia.com/mig-1g.10gb", "amd.com/gpu", "rdma/hca", "nvidia.com/gpumem"
        }) {
            for (boolean init : new boolean[] {false, true}) {
                for (String scheduler : List.of("default-scheduler", "volcano")) {
                    for (String label : new @Nullable String[] {null, "false", "true"}) {
                        for (String node : new @Nullable String[] {null, "node-0"}) {
                            for (List<String> gates :
                                    List.of(List.<String>of(), List.of("other/gate"), List.of(GATE))) {
                                // The API server takes no pod with a node and a gate.
                                if (node == null || gates.isEmpty()) {
                                    all.add(new Asked("team", init, resource, scheduler, label, Map.of(), node, gates));
                                }
                            }
                        }
                    }
                }
            }
        }
        for (Map<String, String> annotations : List.of(
                Map.of("gpu-fraction", "0.5"),
                Map.of("gpu-fraction", "0.5", "berth.dev/ignore", "true"),
                Map.of("gpu-fraction", "0.5", "berth.dev/ignore", "false"),
                Map.of("some", "thing"))) {
            all.add(new Asked("team", false, null, "default-scheduler", null, annotations, null, List.of()));
        }
        for (String namespace : List.of("kube-system", Helm.NAMESPACE, "left-alone")) {
            all.add(new Asked(
                    namespace, false, "nvidia.com/gpu", "default-scheduler", null, Map.of(), null, List.of()));
        }
        return all;
    }

    @BeforeAll
    static void start() {
        rig = Rig.start("--components", "etcd,kube-apiserver", "--server-certificate", "berth");
        helm = new Helm(home, rig.kubeconfig("admin"));
        for (String name : List.of(Helm.NAMESPACE, "team", "left-alone")) {
            rig.client()
                    .namespaces()
                    .resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .addToLabels(name.equals("left-alone") ? Map.of("berth.dev/ignore", "true") : Map.of())
                            .endMetadata()
                            .build())
                    .create();
        }
    }

    @AfterAll
    static void stop() {
        if (rig != null) {
            rig.close();
        }
    }

    @Test
    void thePolicyGatesThePodsThatWantGpus() {
        helm.release("install", "steering.gate.by=policy").orThrow();
        try {
            checkEveryPod();
        } finally {
            helm.uninstall("--no-hooks").orThrow();
        }
    }

    @Test
    void theWebhookIsAskedAboutTheSamePodsAndTheyGoOnWithoutIt() throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(Pem.context(rig, "server-berth")));
        server.createContext("/mutate", GateTest::gateAll);
        server.start();
        try {
            helm.release(
                            "install",
                            "tls.source=secret,tls.secret.server=none,steering.gate.url=https://127.0.0.1:"
                                    + server.getAddress().getPort() + "/mutate",
                            "--set-file",
                            "tls.secret.caBundle=" + rig.certificate("ca.crt"))
                    .orThrow();
            checkEveryPod();
            server.stop(0);
            Asked plain =
                    new Asked("team", false, "nvidia.com/gpu", "default-scheduler", null, Map.of(), null, List.of());
            assertThat(gatesOf(plain)).as("while Berth is down").isEmpty();
        } finally {
            server.stop(0);
            helm.uninstall("--no-hooks").orThrow();
        }
    }

    /** Gates whatever it is asked about: which pods those are is the API server's choice. */
    private static void gateAll(HttpExchange exchange) throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode review = json.readTree(exchange.getRequestBody());
        String path = "/spec/schedulingGates";
        String gate = "{\"name\":\"" + GATE + "\"}";
        String patch = review.at("/request/object/spec").has("schedulingGates")
                ? "[{\"op\":\"add\",\"path\":\"" + path + "/-\",\"value\":" + gate + "}]"
                : "[{\"op\":\"add\",\"path\":\"" + path + "\",\"value\":[" + gate + "]}]";
        byte[] answer = ("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":\""
                        + review.at("/request/uid").asText()
                        + "\",\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\""
                        + Base64.getEncoder().encodeToString(patch.getBytes(StandardCharsets.UTF_8)) + "\"}}")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private static void checkEveryPod() {
        Asked plain = new Asked("team", false, "nvidia.com/gpu", "default-scheduler", null, Map.of(), null, List.of());
        // The API server takes notice of a new policy or webhook within a second or so.
        Await.until("pods are gated", () -> !gatesOf(plain).isEmpty());
        for (Asked asked : everyPod()) {
            List<String> expected = new ArrayList<>(asked.gates());
            if (asked.isToBeGated() && !expected.contains(GATE)) {
                expected.add(GATE);
            }
            assertThat(gatesOf(asked)).as(asked.toString()).isEqualTo(expected);
        }
    }

    private static List<String> gatesOf(Asked asked) {
        Pod made = rig.client()
                .pods()
                .inNamespace(asked.namespace())
                .resource(asked.pod())
                .dryRun()
                .create();
        return made.getSpec().getSchedulingGates().stream()
                .map(gate -> gate.getName())
                .toList();
    }
}
