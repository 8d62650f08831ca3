package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.nio.file.Files;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@RealCluster
class ApiProxyTest {
    private static Rig rig;
    private static ApiProxy proxy;
    private static KubernetesClient client;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start("--components", "etcd,kube-apiserver", "--server-certificate", "proxy");
        proxy = new ApiProxy(rig, "admin");
        Config config = Config.fromKubeconfig(Files.readString(proxy.kubeconfig()));
        config.setRequestRetryBackoffLimit(0);
        client = new KubernetesClientBuilder().withConfig(config).build();
    }

    @AfterAll
    static void stop() {
        client.close();
        proxy.close();
        rig.close();
    }

    @Test
    void aRequestIsStoppedBeforeItIsDoneOrAfter() throws Exception {
        ApiProxy.Breakpoint before = proxy.beforeRequest("POST", "/nodes");
        CompletableFuture<Node> first = Await.meanwhile(
                () -> client.resource(GpuObjects.node("before-1", 8)).create());
        assertThat(before.await()).contains("before-1");
        assertThat(rig.client().nodes().withName("before-1").get()).isNull();
        before.pass();
        assertThat(first.get(60, TimeUnit.SECONDS).getMetadata().getUid()).isNotEmpty();

        ApiProxy.Breakpoint after = proxy.beforeAnswer("POST", "/nodes");
        CompletableFuture<Node> second = Await.meanwhile(
                () -> client.resource(GpuObjects.node("after-1", 8)).create());
        after.await();
        assertThat(rig.client().nodes().withName("after-1").get()).isNotNull();
        after.drop();
        assertThatThrownBy(() -> second.get(60, TimeUnit.SECONDS)).hasMessageContaining("KubernetesClientException");
    }

    @Test
    void aWatchGoesThroughAndOutlivesACut() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (SharedIndexInformer<Node> informer = client.nodes().inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Node node) {
                seen.add(node.getMetadata().getName());
            }

            @Override
            public void onUpdate(Node old, Node node) {}

            @Override
            public void onDelete(Node node, boolean unknown) {}
        })) {
            rig.client().resource(GpuObjects.node("watched-1", 8)).create();
            awaitName(seen, "watched-1");
            proxy.cut();
            rig.client().resource(GpuObjects.node("watched-2", 8)).create();
            assertThatThrownBy(() -> client.nodes().list()).isInstanceOf(RuntimeException.class);
            proxy.mend();
            awaitName(seen, "watched-2");
            assertThat(informer.isWatching()).isTrue();
        }
    }

    private static void awaitName(BlockingQueue<String> seen, String name) throws InterruptedException {
        String next = "";
        while (!name.equals(next)) {
            next = seen.poll(60, TimeUnit.SECONDS);
            assertThat(next).as("waiting for " + name).isNotNull();
        }
    }

    @Test
    void aClockThatIsAheadShowsInLeases() {
        ZonedDateTime now = ZonedDateTime.of(2030, 1, 1, 0, 0, 0, 123_456_000, ZoneOffset.UTC);
        Lease lease = new LeaseBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("skewed")
                .endMetadata()
                .withNewSpec()
                .withRenewTime(now)
                .endSpec()
                .build();
        proxy.skewClock(Duration.ofHours(1));
        try {
            client.resource(lease).create();
            assertThat(renewed(rig.client())).isEqualTo(now.plusHours(1));
            assertThat(renewed(client)).isEqualTo(now);
        } finally {
            proxy.skewClock(Duration.ZERO);
        }
        assertThat(renewed(client)).isEqualTo(now.plusHours(1));
    }

    private static ZonedDateTime renewed(KubernetesClient from) {
        return from.leases()
                .inNamespace("default")
                .withName("skewed")
                .get()
                .getSpec()
                .getRenewTime()
                .withZoneSameInstant(ZoneOffset.UTC);
    }
}
