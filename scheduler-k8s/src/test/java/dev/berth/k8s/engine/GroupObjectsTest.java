package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.nodes.ClusterSettings;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.PodSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Gangs by objects that come, change and go while their pods wait. */
class GroupObjectsTest {
    private static final Map<String, String> GPUS = Map.of(
            "nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3",
            "nvidia.com/gpu.count", "8",
            "nvidia.com/gpu.memory", "81559",
            "topology.kubernetes.io/rack", "r1");

    private final ModelCluster model = new ModelCluster(1);

    @BeforeEach
    void start() {
        model.engine = new Engine(
                EngineSettings.DEFAULT,
                new ObjectReading(PodSettings.DEFAULT, ClusterSettings.DEFAULT, false),
                model,
                model);
        for (String name : List.of("node-0", "node-1")) {
            model.engine.nodeSeen(new NodeObject(
                    name,
                    "uid-" + name,
                    GPUS,
                    Map.of(),
                    Map.of("nvidia.com/gpu", 8L, "cpu", 64_000L, "memory", 1L << 40, "pods", 110L),
                    false,
                    true,
                    false,
                    List.of()));
        }
        model.engine.synced();
        model.engine.lead();
    }

    private PodObject pod(String name, int gpus, Map<String, String> annotations) {
        PodObject pod = model.create(name, gpus, true, true, 0, annotations, null);
        model.settle();
        return pod;
    }

    private void group(int min, String tier) {
        model.engine.groupSeen(new GroupObject("volcano", "default", "ring", "u", min, 0, tier, null));
        model.settle();
    }

    private Explanation why(String pod) {
        return model.engine.why("default", pod).orElseThrow();
    }

    @Test
    void whatTheObjectSaysLastCounts() {
        Map<String, String> ring = Map.of("scheduling.k8s.io/group-name", "ring");
        pod("a", 8, ring);
        pod("b", 8, ring);
        pod("c", 8, ring);
        assertThat(why("a").sentence()).contains("nothing says yet how many it needs");
        group(4, null);
        assertThat(why("a").sentence()).contains("3 of 4 are there");
        model.engine.groupGone("volcano", "default", "ring");
        model.settle();
        assertThat(why("a").sentence()).contains("nothing says yet how many it needs");
        group(3, null);
        assertThat(why("a").sentence()).contains("room for 2 of 3 pods");
        // Nothing is freed, and yet it fits now.
        group(2, "hall");
        assertThat(why("a").sentence()).contains("tier is 'hall'");
        group(2, "rack");
        assertThat(why("a").state()).isEqualTo("released");
        assertThat(why("b").state()).isEqualTo("released");
        assertThat(why("c").state()).isEqualTo("waiting");
    }

    /** The gang's reason stays the same; the pod is told it all the same. */
    @Test
    void aMemberThatComesLaterIsToldWhatTheOthersAreToldAlready() {
        Map<String, String> ring = Map.of("scheduling.k8s.io/group-name", "ring");
        pod("a", 8, ring);
        waitToBeTold();
        pod("b", 8, ring);
        waitToBeTold();
        assertThat(why("b").sentence()).isEqualTo(why("a").sentence());
        assertThat(model.told)
                .anySatisfy(told -> assertThat(told).startsWith("a ").contains("nothing says yet how many it needs"))
                .anySatisfy(told -> assertThat(told).startsWith("b ").contains("nothing says yet how many it needs"));
    }

    private void waitToBeTold() {
        model.now += 60_000;
        model.settle();
    }

    @Test
    void aGroupThatAsksForNoGangLetsItsPodsGoAndTakesThemBack() {
        Map<String, String> ring = Map.of("scheduling.k8s.io/group-name", "ring");
        pod("a", 8, ring);
        group(0, null);
        assertThat(why("a").state()).isEqualTo("released");
        group(2, null);
        pod("b", 8, ring);
        assertThat(why("b").gang()).isEqualTo("default/ring");
        model.engine.groupGone("volcano", "default", "another");
        assertThat(why("b").state()).isEqualTo("released");
    }

    @Test
    void aPodMayDeclareGroupsOfPodsThatWaitAlready() {
        String app = "yunikorn.apache.org/app-id";
        String group = "yunikorn.apache.org/task-group-name";
        pod("worker-0", 4, Map.of(app, "spark", group, "workers"));
        pod("worker-1", 4, Map.of(app, "spark", group, "workers"));
        assertThat(why("worker-0").sentence()).contains("nothing says yet how many it needs");
        pod(
                "driver",
                1,
                Map.of(
                        app,
                        "spark",
                        group,
                        "driver",
                        "yunikorn.apache.org/task-groups",
                        "[{\"name\": \"driver\", \"minMember\": 1}, {\"name\": \"workers\", \"minMember\": 2}]"));
        assertThat(why("worker-0").state()).isEqualTo("released");
        assertThat(why("worker-1").state()).isEqualTo("released");
    }

    @Test
    void aPodThatIsChangedAtTheGateIsTriedAgain() {
        PodObject pod = pod("a", 1, Map.of("berth.dev/gpu-model", "B200"));
        assertThat(why("a").state()).isEqualTo("waiting");
        model.engine.podSeen(new PodObject(
                pod.namespace(),
                pod.name(),
                pod.uid(),
                "9",
                pod.createdMillis(),
                false,
                pod.labels(),
                Map.of(),
                pod.owner(),
                pod.spec(),
                pod.status()));
        model.settle();
        assertThat(why("a").state()).isEqualTo("released");
    }
}
