package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.k8s.engine.PodRef;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a real API server's objects is what there is, whatever happens to the API server meanwhile. */
@Tag("rig")
@Timeout(120)
class ReflectorRigTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path directory;

    private static Rig rig;
    private static Api api;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(directory, "--components", "etcd,kube-apiserver", "--user", "nobody");
        api = new Api(rig.address());
    }

    @AfterAll
    static void stop() throws Exception {
        if (rig != null) {
            rig.stop();
        }
    }

    /** A pod, as far as this test looks at it. */
    private record Pod(PodRef ref, long version, String label) {
        static Pod read(JsonParser json, String apiVersion) throws IOException {
            JsonNode node = JSON.readTree(json);
            return new Pod(
                    new PodRef(
                            node.at("/metadata/namespace").asText(),
                            node.at("/metadata/name").asText(),
                            node.at("/metadata/uid").asText()),
                    node.at("/metadata/resourceVersion").asLong(),
                    node.at("/metadata/labels/step").asText());
        }
    }

    /** Keeps what it is told, and complains about what comes in a wrong order. */
    private static final class Seen implements Sink<Pod, PodRef> {
        final Map<PodRef, Pod> pods = new HashMap<>();
        final Map<PodRef, Long> newest = new HashMap<>();
        final List<String> wrong = new ArrayList<>();
        int lists;

        @Override
        public synchronized void seen(Pod pod) {
            Long before = newest.put(pod.ref, pod.version);
            if (before != null && before > pod.version) {
                wrong.add(pod + " after version " + before);
            }
            pods.put(pod.ref, pod);
            notifyAll();
        }

        @Override
        public synchronized void gone(PodRef key) {
            if (pods.remove(key) == null) {
                wrong.add(key + " went without having been there");
            }
            notifyAll();
        }

        @Override
        public synchronized void listed() {
            lists++;
            notifyAll();
        }

        synchronized void await(BooleanSupplier condition) throws InterruptedException {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!condition.getAsBoolean()) {
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                assertThat(left).as("time left; seen: %s", pods).isPositive();
                wait(left);
            }
        }

        synchronized Map<String, String> labels() {
            Map<String, String> out = new TreeMap<>();
            pods.forEach((ref, pod) -> out.put(ref + " " + ref.uid(), pod.label));
            return out;
        }
    }

    private static Map<String, String> truth() throws IOException {
        Map<String, String> out = new TreeMap<>();
        for (JsonNode pod : api.send("GET", "/api/v1/pods", null, null).body().path("items")) {
            out.put(
                    pod.at("/metadata/namespace").asText() + "/"
                            + pod.at("/metadata/name").asText() + " "
                            + pod.at("/metadata/uid").asText(),
                    pod.at("/metadata/labels/step").asText());
        }
        return out;
    }

    private static void label(PodRef pod, int step) throws IOException {
        api.send("PATCH", ApiWrites.path(pod), Bodies.MERGE, "{\"metadata\":{\"labels\":{\"step\":\"" + step + "\"}}}");
    }

    @Test
    void whatIsToldIsWhatThereIsAlsoAfterCrashesOfTheApiServer() throws Exception {
        List<PodRef> pods = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            pods.add(api.createPod("followed-" + i, "", Bodies.GATE));
        }
        Seen seen = new Seen();
        Reflector<Pod, PodRef> reflector =
                new Reflector<>(rig.address(), Kind.required("/api/v1/pods", Pod::read, Pod::ref), seen);
        reflector.start();
        try {
            seen.await(() -> seen.lists == 1);
            assertThat(seen.labels()).isEqualTo(truth());
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < pods.size(); i++) {
                    label(pods.get(i), round * 10 + 1);
                    if (i % 7 == 0) {
                        api.delete(pods.get(i));
                        pods.set(i, api.createPod("followed-" + i, "", Bodies.GATE));
                    }
                }
                rig.kill("kube-apiserver");
                rig.again();
                // before the reflector is back, perhaps: what goes now is seen by the next list, or by the watch
                for (int i = 0; i < 10; i++) {
                    api.delete(pods.get(i));
                    if (i % 2 == 0) {
                        pods.set(i, api.createPod("followed-" + i, "", Bodies.GATE));
                    } else {
                        pods.set(i, api.createPod("followed-" + round + "-" + i, "", Bodies.GATE));
                    }
                    label(pods.get(i), round * 10 + 2);
                }
                Map<String, String> truth = truth();
                seen.await(() -> seen.labels().equals(truth));
            }
            assertThat(seen.wrong).isEmpty();
            assertThat(reflector.unreadable()).isZero();
        } finally {
            reflector.stop();
        }
    }

    @Test
    void aKindThatTheApiServerDoesNotKnowIsEmptyUntilItIsThere() throws Exception {
        Seen seen = new Seen();
        Reflector<Pod, PodRef> reflector = new Reflector<>(
                rig.address(),
                new Kind<>(
                        List.of("/apis/example.com/v2/things", "/apis/example.com/v1/things"),
                        true,
                        Pod::read,
                        Pod::ref),
                seen,
                200);
        reflector.start();
        try {
            seen.await(() -> seen.lists >= 2);
            assertThat(reflector.lists()).isZero();
            api.send(
                    "POST",
                    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                    Bodies.JSON_TYPE,
                    "{\"metadata\":{\"name\":\"things.example.com\"},\"spec\":{\"group\":\"example.com\",\"scope\":\"Namespaced\","
                            + "\"names\":{\"plural\":\"things\",\"singular\":\"thing\",\"kind\":\"Thing\",\"listKind\":\"ThingList\"},"
                            + "\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":true,\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}}}]}}");
            int created;
            do {
                created = api.send(
                                "POST",
                                "/apis/example.com/v1/namespaces/default/things",
                                Bodies.JSON_TYPE,
                                "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Thing\",\"metadata\":{\"name\":\"one\"}}")
                        .status();
            } while (created == 404);
            assertThat(created).isEqualTo(201);
            seen.await(() -> seen.pods.size() == 1);
            // the kind goes, and with it its objects
            api.send(
                    "DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com", null, null);
            seen.await(() -> seen.pods.isEmpty());
        } finally {
            reflector.stop();
        }
    }

    @Test
    void aMissingRightIsNoEmptyList() throws Exception {
        Seen seen = new Seen();
        Reflector<Pod, PodRef> reflector = new Reflector<>(
                ApiAddress.ofKubeconfig(rig.kubeconfig("nobody")),
                Kind.required("/api/v1/pods", Pod::read, Pod::ref),
                seen,
                100);
        reflector.start();
        try {
            String role =
                    "{\"metadata\":{\"name\":\"reader\"},\"rules\":[{\"apiGroups\":[\"\"],\"resources\":[\"pods\"],\"verbs\":[\"list\",\"watch\"]}]}";
            while (!reflector.complaint().contains("apiGroups [\"\"], resources [\"pods\"], verbs [list, watch]")) {
                Thread.onSpinWait();
            }
            assertThat(seen.lists).isZero();
            api.send("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", Bodies.JSON_TYPE, role);
            api.send(
                    "POST",
                    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                    Bodies.JSON_TYPE,
                    "{\"metadata\":{\"name\":\"reader\"},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"reader\"},"
                            + "\"subjects\":[{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"User\",\"name\":\"nobody\"}]}");
            seen.await(() -> seen.lists == 1);
        } finally {
            reflector.stop();
        }
    }
}
