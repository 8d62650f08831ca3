package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.ClaimObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec.NodeTerm;
import dev.berth.k8s.objects.StorageClassObject;
import dev.berth.k8s.objects.VolumeObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is known of volumes. Not thread-safe.
 *
 * <p>Follows kube-scheduler's plugins VolumeBinding and VolumeZone (kubernetes.io/docs: "Persistent Volumes", "Storage Classes", "Well-Known
 * Labels"). Left to the scheduler: how much room a storage system has ({@code CSIStorageCapacity}), how many volumes a node bears, and volumes that only
 * one pod may use.
 */
final class Volumes {
    private static final String ZONE = "topology.kubernetes.io/zone";
    private static final String REGION = "topology.kubernetes.io/region";
    private static final String OLD_ZONE = "failure-domain.beta.kubernetes.io/zone";
    private static final String OLD_REGION = "failure-domain.beta.kubernetes.io/region";

    /** Labels of volumes and nodes that kube-scheduler's plugin VolumeZone compares. */
    static final List<String> ZONES = List.of(ZONE, REGION, OLD_ZONE, OLD_REGION);

    private static final String ZONE_SEPARATOR = "__";

    private final Map<String, ClaimObject> claims = new HashMap<>();
    private final Map<String, VolumeObject> volumes = new HashMap<>();
    private final Map<String, StorageClassObject> classes = new HashMap<>();
    /** Volumes by class: those that a claim may still take. */
    private final Map<String, Map<String, VolumeObject>> available = new HashMap<>();

    /** The other name of a label of {@link #ZONES}. */
    static String otherName(String label) {
        return switch (label) {
            case ZONE -> OLD_ZONE;
            case REGION -> OLD_REGION;
            case OLD_ZONE -> ZONE;
            default -> REGION;
        };
    }

    void seen(ClaimObject claim) {
        claims.put(path(claim.namespace(), claim.name()), claim);
    }

    void claimGone(String namespace, String name) {
        claims.remove(path(namespace, name));
    }

    void seen(VolumeObject volume) {
        volumeGone(volume.name());
        volumes.put(volume.name(), volume);
        if (volume.available() && !volume.deleting()) {
            available
                    .computeIfAbsent(volume.storageClass(), key -> new HashMap<>())
                    .put(volume.name(), volume);
        }
    }

    void volumeGone(String name) {
        VolumeObject gone = volumes.remove(name);
        Map<String, VolumeObject> ofClass = gone == null ? null : available.get(gone.storageClass());
        if (ofClass != null) {
            ofClass.remove(name);
        }
    }

    void seen(StorageClassObject storageClass) {
        classes.put(storageClass.name(), storageClass);
    }

    void classGone(String name) {
        classes.remove(name);
    }

    private static String path(String namespace, String name) {
        return namespace + "/" + name;
    }

    /** What the volumes of a pod demand of its node. O(volumes that are free) for claims that have none. */
    List<VolumeRule> rules(PodObject pod) {
        if (pod.spec().volumeClaims().isEmpty()) {
            return List.of();
        }
        List<VolumeRule> rules = new ArrayList<>();
        for (String name : pod.spec().volumeClaims()) {
            ClaimObject claim = claims.get(path(pod.namespace(), name));
            if (claim == null) {
                return never("there is no persistent volume claim " + name);
            }
            if (claim.deleting()) {
                return never("persistent volume claim " + name + " is being deleted");
            }
            if (claim.lost()) {
                return never("the volume of persistent volume claim " + name + " is lost");
            }
            String volumeName = claim.volumeName();
            if (volumeName != null && claim.bindCompleted()) {
                VolumeObject volume = volumes.get(volumeName);
                if (volume == null) {
                    return never("there is no volume " + volumeName + ", which claim " + name + " names");
                }
                addBound(volume, rules);
                continue;
            }
            StorageClassObject storageClass = classes.get(claim.storageClass());
            if (!claim.storageClass().isEmpty() && storageClass == null) {
                return never("there is no storage class " + claim.storageClass() + ", which claim " + name + " names");
            }
            if (volumeName != null || storageClass == null || !storageClass.waitsForPod()) {
                return never("persistent volume claim " + name + " has no volume yet");
            }
            String selected = claim.selectedNode();
            rules.add(selected != null ? new VolumeRule.Selected(selected) : later(claim, storageClass));
        }
        return List.copyOf(rules);
    }

    private static List<VolumeRule> never(String why) {
        return List.of(new VolumeRule.Never(why));
    }

    private static void addBound(VolumeObject volume, List<VolumeRule> rules) {
        if (volume.hasNodeTerms()) {
            rules.add(new VolumeRule.Terms(volume.nodeTerms()));
        }
        for (String label : ZONES) {
            String value = volume.labels().get(label);
            if (value != null) {
                rules.add(new VolumeRule.Zone(label, Set.of(value.split(ZONE_SEPARATOR, -1))));
            }
        }
    }

    private VolumeRule later(ClaimObject claim, StorageClassObject storageClass) {
        Set<List<NodeTerm>> ready = new HashSet<>();
        Map<String, VolumeObject> ofClass = available.getOrDefault(storageClass.name(), Map.of());
        String path = path(claim.namespace(), claim.name());
        for (VolumeObject volume : ofClass.values()) {
            String owner = volume.claim();
            if ((owner == null || owner.equals(path))
                    && volume.capacityBytes() >= claim.requestBytes()
                    && volume.accessModes().containsAll(claim.accessModes())
                    && Selectors.all(claim.selector(), volume.labels())
                    && (!volume.hasNodeTerms() || !volume.nodeTerms().isEmpty())) {
                ready.add(volume.nodeTerms());
            }
        }
        return new VolumeRule.Later(ready, storageClass.isProvisioned(), storageClass.allowedTopologies());
    }
}
