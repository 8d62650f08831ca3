package dev.berth.k8s.pods;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.objects.PodAnnotations;
import dev.berth.placement.GpuDemand;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what one pod asks of GPUs, from its resources and annotations. */
final class GpuReading {
    private static final String MILLI = PodAnnotations.BERTH + "gpu-milli";
    private static final String MODEL = PodAnnotations.BERTH + "gpu-model";
    private static final String MIN_MEMORY = PodAnnotations.BERTH + "min-gpu-memory-mib";
    private static final String MIG = "nvidia.com/mig-";
    private static final String KAI_FRACTION = "gpu-fraction";
    private static final String KAI_MEMORY = "gpu-memory";
    private static final String KAI_DEVICES = "gpu-fraction-num-devices";
    /** Profiles of whole GPU instances. What nvidia-smi writes after a plus, resource names have after a point. */
    private static final Pattern MIG_PROFILE =
            Pattern.compile("([1-9]g\\.[1-9][0-9]{0,3}gb)(?:([.+-])([a-z][a-z.+-]*))?");

    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1000);
    private static final String FRACTION = "a share of a GPU above 0, up to 1";

    private final Words words;
    private final Problems problems;
    private final Map<String, Long> requests;
    private final PodSettings settings;
    private final GpuSizes sizes;
    private final Set<String> models;
    private int minMemoryMib;
    private boolean wanted;

    GpuReading(Words words, PodSettings settings, GpuSizes sizes) {
        this.words = words;
        this.problems = words.problems();
        this.requests = words.pod().spec().requests();
        this.settings = settings;
        this.sizes = sizes;
        this.models = words.set(MODEL);
    }

    GpuNeed read() {
        minMemoryMib = words.number(MIN_MEMORY, 0, Integer.MAX_VALUE, 0);
        GpuDemand demand = demand();
        boolean none = demand instanceof GpuDemand.None;
        return new GpuNeed(wanted, demand, none ? Set.of() : models, none ? 0 : minMemoryMib);
    }

    private GpuDemand demand() {
        Map<String, Long> whole = new TreeMap<>();
        Map<String, Long> mig = new TreeMap<>();
        requests.forEach((resource, amount) -> {
            if (resource.startsWith(MIG)) {
                mig.put(resource, amount);
            } else if (settings.isGpu(resource)) {
                whole.put(resource, amount);
            }
        });
        wanted = !whole.isEmpty() || !mig.isEmpty();
        if (whole.size() + mig.size() > 1) {
            Map<String, Long> all = new TreeMap<>(whole);
            all.putAll(mig);
            problems.add("requests for GPUs", all, "one kind of GPU resource in a pod");
            return GpuDemand.NONE;
        }
        String share = shareAsked();
        if (share != null) {
            wanted = true;
            if (!mig.isEmpty()) {
                problems.add(share, "given beside " + mig.keySet().iterator().next(), "a share or a MIG instance");
                return GpuDemand.NONE;
            }
            return share(whole);
        }
        if (!mig.isEmpty()) {
            Map.Entry<String, Long> asked = mig.entrySet().iterator().next();
            return mig(asked.getKey(), asked.getValue());
        }
        if (!whole.isEmpty()) {
            Map.Entry<String, Long> asked = whole.entrySet().iterator().next();
            return whole("requests of " + asked.getKey(), asked.getValue());
        }
        return GpuDemand.NONE;
    }

    private @Nullable String shareAsked() {
        for (String key : new String[] {MILLI, KAI_FRACTION, KAI_MEMORY}) {
            if (words.annotation(key) != null) {
                return "annotation " + key;
            }
        }
        return null;
    }

    private GpuDemand share(Map<String, Long> whole) {
        long gpus = whole.isEmpty() ? 1 : whole.values().iterator().next();
        if (gpus != 1) {
            problems.add("requests of " + whole.keySet().iterator().next(), gpus, "1 beside a share of a GPU, or none");
            return GpuDemand.NONE;
        }
        if (words.annotation(MILLI) != null) {
            int milli = words.number(MILLI, 1, 1000, 0);
            return milli == 0 ? GpuDemand.NONE : ofMilli(milli);
        }
        int devices = words.number(KAI_DEVICES, 1, 1, 0);
        if (devices == 0 && words.annotation(KAI_DEVICES) != null) {
            return GpuDemand.NONE;
        }
        if (words.annotation(KAI_FRACTION) != null) {
            BigDecimal fraction = words.decimal(KAI_FRACTION, FRACTION);
            if (fraction == null) {
                return GpuDemand.NONE;
            }
            if (fraction.signum() <= 0 || fraction.compareTo(BigDecimal.ONE) > 0) {
                problems.add("annotation " + KAI_FRACTION, fraction, FRACTION);
                return GpuDemand.NONE;
            }
            return ofMilli(fraction.multiply(THOUSAND)
                    .setScale(0, RoundingMode.CEILING)
                    .intValueExact());
        }
        int mib = words.number(KAI_MEMORY, 1, Integer.MAX_VALUE, 0);
        return mib == 0 ? GpuDemand.NONE : ofMemory("annotation " + KAI_MEMORY, mib);
    }

    /** A part of a GPU's memory as a share of the smallest GPU that has it: right there, and more than is asked for on larger ones. */
    private GpuDemand ofMemory(String field, int mib) {
        minMemoryMib = Math.max(minMemoryMib, mib);
        int size = sizes.smallest(models, minMemoryMib);
        if (size < mib) {
            problems.add(
                    field,
                    mib,
                    "what a GPU of the cluster that the pod may use has, in MiB; none is known that does. " + MILLI
                            + " says the share itself");
            return GpuDemand.NONE;
        }
        return ofMilli((int) ((1000L * mib + size - 1) / size));
    }

    private static GpuDemand ofMilli(int milli) {
        return milli == 1000 ? new GpuDemand.Whole(1) : new GpuDemand.Share(milli);
    }

    private GpuDemand whole(String field, long count) {
        if (count > Cluster.MAX_GPUS_PER_NODE) {
            problems.add(field, count, "1 to " + Cluster.MAX_GPUS_PER_NODE);
            return GpuDemand.NONE;
        }
        return new GpuDemand.Whole((int) count);
    }

    private GpuDemand mig(String resource, long count) {
        Matcher profile = MIG_PROFILE.matcher(resource.substring(MIG.length()));
        if (!profile.matches()) {
            problems.add("requests", resource, "nvidia.com/mig-<g>g.<m>gb, also with a suffix such as .me");
            return GpuDemand.NONE;
        }
        if (count != 1) {
            problems.add("requests of " + resource, count, "1, because a pod gets one MIG instance");
            return GpuDemand.NONE;
        }
        String separator = profile.group(2);
        String suffix = separator == null ? "" : (separator.equals(".") ? "+" : separator) + profile.group(3);
        return new GpuDemand.Mig(profile.group(1) + suffix);
    }
}
