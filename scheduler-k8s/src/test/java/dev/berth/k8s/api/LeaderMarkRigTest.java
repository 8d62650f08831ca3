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
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RealCluster
class LeaderMarkRigTest {
    private static Rig rig;
    private static ApiAddress address;

    private final List<LeaderMark> marks = new ArrayList<>();
    private final AtomicBoolean firstLeads = new AtomicBoolean();
    private final AtomicBoolean secondLeads = new AtomicBoolean();

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
    void deletePods() {
        marks.forEach(LeaderMark::end);
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

    private LeaderMark of(String pod, AtomicBoolean leads) {
        LeaderMark mark = new LeaderMark(address, "default", pod, leads::get);
        mark.start();
        marks.add(mark);
        return mark;
    }

    private static void await(Set<String> expected) {
        Await.until("the mark is on " + expected, () -> marked().equals(expected));
    }

    @Test
    void theMarkGoesWithTheLead() {
        of("first", firstLeads);
        LeaderMark second = of("second", secondLeads);
        firstLeads.set(true);
        await(Set.of("first"));
        assertThat(rig.client()
                        .pods()
                        .inNamespace("default")
                        .withName("first")
                        .get()
                        .getMetadata()
                        .getAnnotations())
                .containsEntry("controller.kubernetes.io/pod-deletion-cost", "100");
        firstLeads.set(false);
        await(Set.of());
        secondLeads.set(true);
        await(Set.of("second"));
        second.end();
        assertThat(marked()).isEmpty();
    }

    @Test
    void aLeaderThatHangsLosesTheMarkToTheNextOne() {
        firstLeads.set(true);
        of("first", firstLeads);
        await(Set.of("first"));
        // The first one still believes that it leads, and does not look again at what it has written.
        secondLeads.set(true);
        of("second", secondLeads);
        await(Set.of("second"));
    }

    @Test
    void whatAnEarlierProcessLeftIsTakenAway() {
        rig.client().pods().inNamespace("default").withName("first").edit(pod -> {
            pod.getMetadata().setLabels(Map.of(LeaderMark.LABEL, "true", "other", "label"));
            return pod;
        });
        of("first", firstLeads);
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
        of("first", firstLeads);
        await(Set.of());
        rig.kill("kube-apiserver");
        firstLeads.set(true);
        rig.startAgain();
        await(Set.of("first"));
    }
}
