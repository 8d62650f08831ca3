package dev.berth.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.rig.Await;
import dev.berth.k8s.rig.GpuObjects;
import dev.berth.k8s.rig.RealCluster;
import dev.berth.k8s.rig.Rig;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** kube-scheduler itself reads the configuration that the chart writes for it, and does by it what docs/kubernetes.md says while Berth is down. */
@RealCluster
class SchedulerConfigurationTest {
    @TempDir
    private Path home;

    @ParameterizedTest
    @CsvSource({"one, false, own", "all, true, own", "one, true, existing"})
    void whileBerthIsDownPodsWithGpusWaitUnlessItIsIgnorable(String filter, boolean ignorable, String scheduler)
            throws Exception {
        Helm helm = new Helm(home, null);
        String settings = "mode=extender,extender.filter=" + filter + ",extender.ignorable=" + ignorable;
        String name = scheduler.equals("own") ? "berth" : "default-scheduler";
        Path file = home.resolve("scheduler.yaml");
        Files.writeString(
                file, outsideOfTheCluster(scheduler.equals("own") ? own(helm, settings) : existing(helm, settings)));
        try (Rig rig = Rig.start("--scheduler-config", file.toString())) {
            rig.client()
                    .namespaces()
                    .resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName("team")
                            .endMetadata()
                            .build())
                    .create();
            rig.client().nodes().resource(GpuObjects.node("node-0", 8)).create();
            rig.client()
                    .pods()
                    .resource(of(name, GpuObjects.pod("team", "gpu", 1)))
                    .create();
            rig.client()
                    .pods()
                    .resource(of(name, GpuObjects.pod("team", "cpu", Map.of())))
                    .create();
            Await.until("the pod without GPUs is bound", () -> node(rig, "cpu") != null);
            if (ignorable) {
                Await.until("the pod with GPUs is bound", () -> node(rig, "gpu") != null);
            } else {
                Await.until(
                        "somebody says why not",
                        () -> !rig.client()
                                .v1()
                                .events()
                                .inNamespace("team")
                                .withField("involvedObject.name", "gpu")
                                .withField("reason", "FailedScheduling")
                                .list()
                                .getItems()
                                .isEmpty());
                assertThat(node(rig, "gpu")).isNull();
            }
        }
    }

    private static String own(Helm helm, String settings) {
        return Helm.objects(helm.template(settings).orThrow()).stream()
                .map(object -> object.at("/data/scheduler.yaml").asText())
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElseThrow();
    }

    /** What NOTES.txt tells to add, in a configuration that was there. */
    private String existing(Helm helm, String settings) {
        String notes = helm.helm(
                        "install",
                        "berth",
                        Helm.DEPLOY.resolve("berth").toString(),
                        "--namespace",
                        Helm.NAMESPACE,
                        "--dry-run=client",
                        "--set",
                        settings + ",extender.scheduler=existing")
                .orThrow();
        int from = notes.indexOf("  percentageOfNodesToScore: 100");
        String patch = notes.substring(from, notes.indexOf("\n\n", from)).replaceAll("(?m)^  ", "");
        return "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nclientConnection:\n  qps: 100\nleaderElection:\n"
                + "  leaderElect: true\n" + patch + "\n";
    }

    /** The same with what is different outside of a cluster: its files, how it is reached, and no other replicas. */
    private static String outsideOfTheCluster(String configuration) {
        return configuration
                .replace("clientConnection:", "clientConnection:\n  kubeconfig: \"@kubeconfig@\"")
                .replace("leaderElect: true", "leaderElect: false")
                .replaceAll("(/etc/berth/client|/etc/kubernetes/berth)/ca.crt", "@certificates@/ca.crt")
                .replaceAll("(/etc/berth/client|/etc/kubernetes/berth)/tls", "@certificates@/admin")
                // A port on which nobody listens.
                .replaceAll("urlPrefix: .*", "urlPrefix: https://127.0.0.1:@berth_extender_port@");
    }

    private static Pod of(String schedulerName, Pod pod) {
        return new PodBuilder(pod)
                .editSpec()
                .withSchedulerName(schedulerName)
                .endSpec()
                .build();
    }

    private static @org.jspecify.annotations.Nullable String node(Rig rig, String name) {
        return rig.client()
                .pods()
                .inNamespace("team")
                .withName(name)
                .get()
                .getSpec()
                .getNodeName();
    }
}
