package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.Test;

@RealCluster
class RigTest {

    @Test
    void theApiServerComesBackWithWhatItKnewAndTheServiceAccountMayDoNothing() {
        try (Rig rig = Rig.start("--components", "etcd,kube-apiserver", "--service-account", "berth/berth")) {
            rig.client().nodes().resource(GpuObjects.node("node-0", 8)).create();
            rig.kill("kube-apiserver");
            rig.startAgain();
            assertThat(rig.client().nodes().list().getItems()).hasSize(1);
            assertThat(rig.kubectl("get", "nodes", "-o", "name")).isEqualToIgnoringNewLines("node/node-0");
            try (KubernetesClient nobody = rig.clientOf("berth")) {
                assertThatThrownBy(() -> nobody.nodes().list())
                        .hasMessageContaining("system:serviceaccount:berth:berth");
            }
            assertThat(rig.port("berth_extender")).isBetween(20000, 29999);
        }
    }
}
