package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.rig.Await;
import dev.berth.k8s.rig.GpuObjects;
import dev.berth.k8s.rig.RealCluster;
import dev.berth.k8s.rig.Rig;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RealCluster
class LeaderMarkRigTest {
    private static final long STOP_MILLIS = 20_000;

    private static Rig rig;
    private static ApiAddress address;

    private final List<LeaderMark> marks = new ArrayList<>();

    @BeforeAll
    static void start() {
        rig = Rig.start("--components", "etcd,kube-apiserver");
        address = ApiAddress.ofKubeconfig(rig.kubeconfig("admin").toFile());
    }

    @AfterAll
    static void stop() {
        if (rig != null) {
            rig.close();
        }
    }

    @BeforeEach
    void createPods() {
        for (String name : new String[] {"first", "second"}) {
            rig.client()
                    .pods()
                    .resource(GpuObjects.pod("default", name, Map.of()))
                    .create();
        }
    }

    @AfterEach
    void deletePods() throws InterruptedException {
        for (LeaderMark mark : marks) {
            mark.stop(STOP_MILLIS);
        }
        rig.client().pods().inNamespace("default").withGracePeriod(0).delete();
    }

    private static Set<String> marked() {
        Set<String> names = new TreeSet<>();
        for (Pod pod : rig.client()
                .pods()
                .inNamespace("default")
                .withLabel(LeaderMark.LABEL, "true")
                .list()
                .getItems()) {
            names.add(pod.getMetadata().getName());
        }
        return names;
    }

    private LeaderMark of(String pod) {
        LeaderMark mark = new LeaderMark(address, "default", pod);
        mark.start();
        marks.add(mark);
        return mark;
    }

    private static void await(Set<String> expected) {
        Await.until("the mark is on " + expected, () -> marked().equals(expected));
    }

    @Test
    void theMarkGoesWithTheLead() throws InterruptedException {
        LeaderMark first = of("first");
        LeaderMark second = of("second");
        first.set(true);
        await(Set.of("first"));
        first.set(false);
        await(Set.of());
        second.set(true);
        await(Set.of("second"));
        second.stop(STOP_MILLIS);
        assertThat(marked()).isEmpty();
    }

    @Test
    void aLeaderThatHangsLosesTheMarkToTheNextOne() {
        of("first").set(true);
        await(Set.of("first"));
        // The first one is told nothing.
        of("second").set(true);
        await(Set.of("second"));
    }

    @Test
    void whatAnEarlierProcessLeftIsTakenAway() {
        rig.client().pods().inNamespace("default").withName("first").edit(pod -> {
            pod.getMetadata().setLabels(Map.of(LeaderMark.LABEL, "true", "other", "label"));
            return pod;
        });
        of("first");
        await(Set.of());
        assertThat(rig.client()
                        .pods()
                        .inNamespace("default")
                        .withName("first")
                        .get()
                        .getMetadata()
                        .getLabels())
                .isEqualTo(Map.of("other", "label"));
    }

    @Test
    void itIsTriedAgainUntilTheApiServerIsThere() {
        LeaderMark first = of("first");
        await(Set.of());
        rig.kill("kube-apiserver");
        first.set(true);
        rig.startAgain();
        await(Set.of("first"));
    }
}
