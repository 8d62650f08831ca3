package dev.berth.k8s.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.k8s.objects.BadObjectException;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.StorageJson;
import dev.berth.k8s.pods.PodSettings;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pod's volumes decide where it may stand. */
final class VolumesTest {
    private final Eligibility eligibility = new Eligibility(true, PodSettings.DEFAULT);
    private final PodObject pod = Samples.pod("p").claim("data").pod();

    @BeforeEach
    void threeNodesInTwoZones() {
        eligibility.nodeSeen(Samples.h100("a", "topology.kubernetes.io/zone", "z1"));
        eligibility.nodeSeen(Samples.h100("b", "topology.kubernetes.io/zone", "z2"));
        eligibility.nodeSeen(Samples.h100("c"));
    }

    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private void claim(String annotations, String spec) throws BadObjectException {
        eligibility.claimSeen(StorageJson.parseClaim(json(
                "{'apiVersion':'v1','kind':'PersistentVolumeClaim','metadata':{'namespace':'default','name':'data',"
                        + "'annotations':{" + annotations + "}},'spec':{'accessModes':['ReadWriteOnce'],"
                        + "'resources':{'requests':{'storage':'10Gi'}}" + spec + "},'status':{'phase':'Pending'}}")));
    }

    private void volume(String name, String labels, String spec, String phase) throws BadObjectException {
        eligibility.volumeSeen(StorageJson.parseVolume(json("{'metadata':{'name':'" + name + "','labels':{" + labels
                + "}},'spec':{'capacity':{'storage':'10Gi'},'accessModes':['ReadWriteOnce']" + spec
                + "},'status':{'phase':'" + phase + "'}}")));
    }

    private void storageClass(String fields) throws BadObjectException {
        eligibility.storageClassSeen(
                StorageJson.parseStorageClass(json("{'metadata':{'name':'fast'}," + fields + "}")));
    }

    private static String onHost(String host) {
        return ",'storageClassName':'fast','nodeAffinity':{'required':{'nodeSelectorTerms':[{'matchExpressions':[{'key':"
                + "'kubernetes.io/hostname','operator':'In','values':['" + host + "']}]}]}}";
    }

    private static final String BOUND = "'pv.kubernetes.io/bind-completed':'yes'";

    @Test
    void aLocalVolumeIsWhereItIs() throws BadObjectException {
        claim(BOUND, ",'volumeName':'v'");
        assertThat(eligibility.allowed(pod)).isEmpty();
        assertThat(eligibility.why(pod)).contains("3 nodes: there is no volume v, which claim data names");
        volume("v", "", onHost("b"), "Bound");
        assertThat(eligibility.allowed(pod)).containsExactly("b");
        eligibility.volumeGone("v");
        assertThat(eligibility.allowed(pod)).isEmpty();
    }

    @Test
    void aVolumesZoneLabelMayNameSeveral() throws BadObjectException {
        claim(BOUND, ",'volumeName':'v'");
        volume("v", "'failure-domain.beta.kubernetes.io/zone':'z1__z3'", "", "Bound");
        // Node c is in no zone at all, so that nothing is known against it.
        assertThat(eligibility.allowed(pod)).containsExactly("a", "c");
    }

    @Test
    void aVolumeThatIsMadeLaterIsMadeWhereItsClassAllows() throws BadObjectException {
        claim("", ",'storageClassName':'fast'");
        assertThat(eligibility.why(pod)).contains("there is no storage class fast");
        storageClass("'provisioner':'example.com/disk','volumeBindingMode':'WaitForFirstConsumer'");
        assertThat(eligibility.allowed(pod)).isNull();
        storageClass(
                "'provisioner':'example.com/disk','volumeBindingMode':'WaitForFirstConsumer','allowedTopologies':[{"
                        + "'matchLabelExpressions':[{'key':'topology.kubernetes.io/zone','values':['z2']}]}]");
        assertThat(eligibility.allowed(pod)).containsExactly("b");
        // One that is there already will do as well.
        volume("v", "", onHost("c"), "Available");
        assertThat(eligibility.allowed(pod)).containsExactly("b", "c");
        claim("'volume.kubernetes.io/selected-node':'a'", ",'storageClassName':'fast'");
        assertThat(eligibility.allowed(pod)).containsExactly("a");
    }

    @Test
    void whereNobodyMakesVolumesOneMustBeThere() throws BadObjectException {
        claim("", ",'storageClassName':'fast'");
        storageClass("'provisioner':'kubernetes.io/no-provisioner','volumeBindingMode':'WaitForFirstConsumer'");
        assertThat(eligibility.allowed(pod)).isEmpty();
        volume("v", "", onHost("b"), "Available");
        volume("w", "", onHost("c") + ",'claimRef':{'namespace':'default','name':'other'}", "Available");
        assertThat(eligibility.allowed(pod)).containsExactly("b");
        volume("v", "", onHost("b"), "Bound");
        assertThat(eligibility.allowed(pod)).isEmpty();
    }

    @Test
    void aClaimThatWaitsForNobodyHasAVolumeFirst() throws BadObjectException {
        claim("", ",'storageClassName':'fast'");
        storageClass("'provisioner':'example.com/disk','volumeBindingMode':'Immediate'");
        assertThat(eligibility.allowed(pod)).isEmpty();
        assertThat(eligibility.why(pod))
                .isEqualTo("0 of 3 nodes will do; 3 nodes: persistent volume claim data has no volume yet.");
    }

    @Test
    void claimsThatAreNotThere() throws BadObjectException {
        assertThat(eligibility.why(pod)).contains("there is no persistent volume claim data");
        claim(BOUND, ",'volumeName':'v'");
        volume("v", "", "", "Bound");
        assertThat(eligibility.allowed(pod)).isNull();
        eligibility.claimGone("default", "data");
        assertThat(eligibility.allowed(pod)).isEmpty();
        assertThat(new Eligibility(false, PodSettings.DEFAULT).allowed(pod)).isNull();
    }

    @Test
    void fieldsThatCannotBeReadAreNamed() {
        assertThatThrownBy(() -> claim("", ",'volumeName':7"))
                .isInstanceOf(BadObjectException.class)
                .hasMessageContaining("spec.volumeName is 7");
        assertThatThrownBy(() -> storageClass("'allowedTopologies':{}"))
                .isInstanceOf(BadObjectException.class)
                .hasMessageContaining("allowedTopologies");
    }
}
