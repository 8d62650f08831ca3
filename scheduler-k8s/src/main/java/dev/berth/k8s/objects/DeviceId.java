package dev.berth.k8s.objects;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the id of a device says, by which the kubelet and a device plugin speak of a GPU or of a part of one. Immutable.
 *
 * <p>NVIDIA's device plugin takes the UUID of the GPU, or of the MIG instance, with {@code ::} and a number behind it where replicas share it; drivers before R470 call a MIG instance
 * {@code MIG-GPU-...} by the UUID of its GPU, a slash, and its number. That of GKE takes {@code nvidia0}, {@code nvidia0/gi7}, and with {@code /vgpu1} behind it a replica. (dcgm-exporter,
 * {@code internal/pkg/transformation/kubernetes.go}, tells all these apart.) Any other id is taken for a UUID.
 *
 * @param uuid UUID of the GPU, empty when the id does not tell
 * @param index its index on the node, -1 when the id does not tell
 * @param instance which MIG instance of it, by number or by UUID; empty for none
 * @param replica which replica of it, empty for none
 */
record DeviceId(String uuid, int index, String instance, String replica) {
    private static final String REPLICA = "::";
    private static final String MIG = "MIG-";
    private static final Pattern OLD_MIG = Pattern.compile("MIG-(GPU-[^/]+)/(\\d+)/\\d+");
    private static final Pattern GKE = Pattern.compile("nvidia(\\d{1,3})(?:/gi(\\d+))?(?:/vgpu(\\d+))?");

    static DeviceId parse(String id) {
        Matcher gke = GKE.matcher(id);
        if (gke.matches()) {
            return new DeviceId("", Integer.parseInt(gke.group(1)), orEmpty(gke.group(2)), orEmpty(gke.group(3)));
        }
        int at = id.indexOf(REPLICA);
        String device = at < 0 ? id : id.substring(0, at);
        String replica = at < 0 ? "" : id.substring(at + REPLICA.length());
        Matcher old = OLD_MIG.matcher(device);
        if (old.matches()) {
            return new DeviceId(old.group(1), -1, old.group(2), replica);
        }
        return device.startsWith(MIG) ? new DeviceId("", -1, device, replica) : new DeviceId(device, -1, "", replica);
    }

    private static String orEmpty(@Nullable String group) {
        return group == null ? "" : group;
    }
}
