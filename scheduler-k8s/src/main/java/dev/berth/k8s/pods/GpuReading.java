package dev.berth.k8s.pods;

import dev.berth.cluster.Cluster;
import dev.berth.k8s.objects.PodAnnotations;
import dev.berth.placement.GpuDemand;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what one pod asks of GPUs. A share may be said by annotations (of Berth, of KAI-Scheduler) or by resources (of HAMi, Volcano,
 * Koordinator); the first of them that the pod has counts, and annotations of a share go with one GPU at most.
 */
final class GpuReading {
    private static final String MILLI = PodAnnotations.BERTH + "gpu-milli";
    private static final String MODEL = PodAnnotations.BERTH + "gpu-model";
    private static final String MIN_MEMORY = PodAnnotations.BERTH + "min-gpu-memory-mib";
    private static final String KAI_FRACTION = "gpu-fraction";
    private static final String KAI_MEMORY = "gpu-memory";
    private static final String KAI_DEVICES = "gpu-fraction-num-devices";
    private static final String NVIDIA = "nvidia.com/gpu";
    private static final String HAMI_MEMORY = "nvidia.com/gpumem";
    private static final String HAMI_PERCENTAGE = "nvidia.com/gpumem-percentage";
    private static final String HAMI_CORES = "nvidia.com/gpucores";
    private static final String VOLCANO = "volcano.sh/";
    private static final String VOLCANO_NUMBER = VOLCANO + "vgpu-number";
    private static final String VOLCANO_MEMORY = VOLCANO + "vgpu-memory";
    private static final String VOLCANO_PERCENTAGE = VOLCANO + "vgpu-memory-percentage";
    private static final String VOLCANO_CORES = VOLCANO + "vgpu-cores";
    private static final String VOLCANO_WHOLE = VOLCANO + "gpu-number";
    private static final String VOLCANO_SHARE = VOLCANO + "gpu-memory";
    private static final String KOORDINATOR = "koordinator.sh/";
    private static final String KOORDINATOR_GPU = KOORDINATOR + "gpu";
    private static final String KOORDINATOR_CORE = KOORDINATOR + "gpu-core";
    private static final String KOORDINATOR_RATIO = KOORDINATOR + "gpu-memory-ratio";
    private static final String KOORDINATOR_MEMORY = KOORDINATOR + "gpu-memory";
    private static final String KOORDINATOR_SHARED = KOORDINATOR + "gpu.shared";
    private static final String MIG = "nvidia.com/mig-";

    /** Resources that say how large a share is, by whose system. */
    private static final Map<String, Family> FAMILIES = Map.ofEntries(
            Map.entry(HAMI_MEMORY, Family.HAMI),
            Map.entry(HAMI_PERCENTAGE, Family.HAMI),
            Map.entry(HAMI_CORES, Family.HAMI),
            Map.entry(VOLCANO_NUMBER, Family.VOLCANO),
            Map.entry(VOLCANO_MEMORY, Family.VOLCANO),
            Map.entry(VOLCANO_PERCENTAGE, Family.VOLCANO),
            Map.entry(VOLCANO_CORES, Family.VOLCANO),
            Map.entry(VOLCANO_WHOLE, Family.VOLCANO_WHOLE),
            Map.entry(VOLCANO_SHARE, Family.VOLCANO_SHARE),
            Map.entry(KOORDINATOR_GPU, Family.KOORDINATOR),
            Map.entry(KOORDINATOR_CORE, Family.KOORDINATOR),
            Map.entry(KOORDINATOR_RATIO, Family.KOORDINATOR),
            Map.entry(KOORDINATOR_MEMORY, Family.KOORDINATOR),
            Map.entry(KOORDINATOR_SHARED, Family.KOORDINATOR));

    /** Profiles of whole GPU instances. What nvidia-smi writes after a plus, resource names have after a point. */
    private static final Pattern MIG_PROFILE =
            Pattern.compile("([1-9]g\\.[1-9][0-9]{0,3}gb)(?:([.+-])([a-z][a-z.+-]*))?");

    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1000);
    private static final String FRACTION = "a share of a GPU above 0, up to 1";
    private static final long MIB = 1L << 20;

    private enum Family {
        WHOLE,
        MIG,
        HAMI,
        VOLCANO,
        VOLCANO_WHOLE,
        VOLCANO_SHARE,
        KOORDINATOR
    }

    private final Words words;
    private final Problems problems;
    private final Map<String, Long> requests;
    private final PodSettings settings;
    private final GpuSizes sizes;
    private final Set<String> models;
    private final List<String> resources = new ArrayList<>(2);
    private int minMemoryMib;

    GpuReading(Words words, PodSettings settings, GpuSizes sizes) {
        this.words = words;
        this.problems = words.problems();
        this.requests = words.pod().spec().requests();
        this.settings = settings;
        this.sizes = sizes;
        this.models = words.set(MODEL);
    }

    GpuNeed read() {
        Set<Family> families = new TreeSet<>();
        for (String resource : requests.keySet()) {
            Family family = family(resource);
            if (family != null) {
                resources.add(resource);
                families.add(family);
            }
        }
        String share = shareAnnotation();
        if (resources.isEmpty() && share == null) {
            return GpuNeed.NONE;
        }
        resources.sort(null);
        minMemoryMib = words.number(MIN_MEMORY, 0, Integer.MAX_VALUE, 0);
        GpuDemand demand = demand(families, share);
        boolean none = demand instanceof GpuDemand.None;
        return new GpuNeed(true, demand, none ? Set.of() : models, none ? 0 : minMemoryMib);
    }

    private @Nullable Family family(String resource) {
        if (resource.startsWith(MIG)) {
            return Family.MIG;
        }
        Family family = FAMILIES.get(resource);
        return family == null && settings.isGpu(resource) ? Family.WHOLE : family;
    }

    private @Nullable String shareAnnotation() {
        for (String key : List.of(MILLI, KAI_FRACTION, KAI_MEMORY)) {
            if (words.annotation(key) != null) {
                return key;
            }
        }
        return null;
    }

    private GpuDemand demand(Set<Family> families, @Nullable String share) {
        // HAMi says by nvidia.com/gpu how many GPUs its further resources are meant of.
        boolean ofHami = families.contains(Family.HAMI) && requests.containsKey(NVIDIA);
        int whole =
                ofHami ? 0 : (int) resources.stream().filter(settings::isGpu).count();
        int kinds = families.size() - (ofHami ? 1 : 0);
        long migs =
                resources.stream().filter(resource -> resource.startsWith(MIG)).count();
        if (kinds > 1 || whole > 1 || migs > 1) {
            problems.add("requests for GPUs", resources, "one kind of GPU resource in a pod");
            return GpuDemand.NONE;
        }
        if (share != null) {
            return ofAnnotation(share);
        }
        switch (families.iterator().next()) {
            case MIG -> {
                return mig(resources.get(0));
            }
            case HAMI -> {
                return virtual(NVIDIA, HAMI_MEMORY, HAMI_PERCENTAGE, HAMI_CORES);
            }
            case VOLCANO -> {
                return virtual(VOLCANO_NUMBER, VOLCANO_MEMORY, VOLCANO_PERCENTAGE, VOLCANO_CORES);
            }
            case VOLCANO_SHARE -> {
                return ofMemory(field(VOLCANO_SHARE), amount(VOLCANO_SHARE));
            }
            case KOORDINATOR -> {
                return ofKoordinator();
            }
            case WHOLE, VOLCANO_WHOLE -> {
                return ofHami
                        ? virtual(NVIDIA, HAMI_MEMORY, HAMI_PERCENTAGE, HAMI_CORES)
                        : whole(field(resources.get(0)), amount(resources.get(0)));
            }
        }
        return GpuDemand.NONE;
    }

    private long amount(String resource) {
        return requests.getOrDefault(resource, 0L);
    }

    private static String field(String resource) {
        return "requests of " + resource;
    }

    private GpuDemand ofAnnotation(String key) {
        for (String resource : resources) {
            boolean one = settings.isGpu(resource) && amount(resource) == 1;
            if (!one) {
                problems.add(field(resource), amount(resource), "1 of a whole GPU, or none, beside annotation " + key);
                return GpuDemand.NONE;
            }
        }
        if (key.equals(MILLI)) {
            int milli = words.number(MILLI, 1, 1000, 0);
            return milli == 0 ? GpuDemand.NONE : ofMilli(milli);
        }
        if (words.annotation(KAI_DEVICES) != null && words.number(KAI_DEVICES, 1, 1, 0) == 0) {
            return GpuDemand.NONE;
        }
        if (key.equals(KAI_MEMORY)) {
            int mib = words.number(KAI_MEMORY, 1, Integer.MAX_VALUE, 0);
            return mib == 0 ? GpuDemand.NONE : ofMemory("annotation " + KAI_MEMORY, mib);
        }
        BigDecimal fraction = words.decimal(KAI_FRACTION, FRACTION);
        if (fraction == null) {
            return GpuDemand.NONE;
        }
        if (fraction.signum() <= 0 || fraction.compareTo(BigDecimal.ONE) > 0) {
            problems.add("annotation " + KAI_FRACTION, fraction.toPlainString(), FRACTION);
            return GpuDemand.NONE;
        }
        return ofMilli(
                fraction.multiply(THOUSAND).setScale(0, RoundingMode.CEILING).intValueExact());
    }

    /**
     * GPUs of HAMi or of Volcano's device plugin: so many, of each so much memory (MiB or percent) and so many percent of the compute
     * units. Without memory, all of it.
     */
    private GpuDemand virtual(String count, String memory, String percentage, String cores) {
        long gpus = Math.max(1, amount(count));
        for (String percent : List.of(percentage, cores)) {
            if (amount(percent) > 100) {
                problems.add(field(percent), amount(percent), "0 to 100");
                return GpuDemand.NONE;
            }
        }
        long milli = 10 * Math.max(amount(percentage), amount(cores));
        if (amount(memory) > 0) {
            GpuDemand ofMemory = ofMemory(field(memory), amount(memory));
            if (ofMemory instanceof GpuDemand.None) {
                return GpuDemand.NONE;
            }
            milli = Math.max(milli, ofMemory instanceof GpuDemand.Share share ? share.milli() : 1000);
        } else if (amount(percentage) == 0) {
            milli = 1000;
        }
        if (milli < 1000 && gpus > 1) {
            problems.add(field(count), gpus, "1 with a share of a GPU");
            return GpuDemand.NONE;
        }
        return milli < 1000 ? new GpuDemand.Share((int) milli) : whole(field(count), gpus);
    }

    /** Koordinator counts in percent of a GPU, over all GPUs of the pod; 200 is two GPUs. */
    private GpuDemand ofKoordinator() {
        long gpus = Math.max(1, amount(KOORDINATOR_SHARED));
        long percent = 0;
        String field = field(KOORDINATOR_SHARED);
        for (String resource : List.of(KOORDINATOR_GPU, KOORDINATOR_CORE, KOORDINATOR_RATIO)) {
            if (amount(resource) > percent) {
                percent = amount(resource);
                field = field(resource);
            }
        }
        if (percent > 100 || gpus > 1) {
            boolean shared = requests.containsKey(KOORDINATOR_SHARED);
            if (percent % 100 != 0 || percent == 0 || shared && percent != 100 * gpus) {
                problems.add(field, percent == 0 ? gpus : percent, "up to 100, or hundreds for whole GPUs");
                return GpuDemand.NONE;
            }
            return whole(field, percent / 100);
        }
        long bytes = amount(KOORDINATOR_MEMORY);
        long milli = 10 * percent;
        if (bytes > 0) {
            GpuDemand ofMemory = ofMemory(field(KOORDINATOR_MEMORY), bytes / MIB + (bytes % MIB == 0 ? 0 : 1));
            if (ofMemory instanceof GpuDemand.None) {
                return GpuDemand.NONE;
            }
            milli = Math.max(milli, ofMemory instanceof GpuDemand.Share share ? share.milli() : 1000);
        }
        return ofMilli(milli == 0 ? 1000 : (int) milli);
    }

    /** A part of a GPU's memory as a share of the smallest GPU that has it: right there, and more than is asked for on larger ones. */
    private GpuDemand ofMemory(String field, long mib) {
        int wanted = (int) Math.min(mib, Integer.MAX_VALUE);
        minMemoryMib = Math.max(minMemoryMib, wanted);
        int size = sizes.smallest(models, minMemoryMib);
        if (size < wanted) {
            problems.add(
                    field,
                    mib + " MiB",
                    "what a GPU of the cluster that the pod may use is known to have; annotation " + MILLI
                            + " says a share without that");
            return GpuDemand.NONE;
        }
        return ofMilli((int) ((1000L * wanted + size - 1) / size));
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

    private GpuDemand mig(String resource) {
        Matcher profile = MIG_PROFILE.matcher(resource.substring(MIG.length()));
        if (!profile.matches()) {
            problems.add("requests", resource, "nvidia.com/mig-<g>g.<m>gb, also with a suffix such as .me");
            return GpuDemand.NONE;
        }
        if (amount(resource) != 1) {
            problems.add(field(resource), amount(resource), "1, because a pod gets one MIG instance");
            return GpuDemand.NONE;
        }
        String separator = profile.group(2);
        String suffix = separator == null ? "" : (separator.equals(".") ? "+" : separator) + profile.group(3);
        return new GpuDemand.Mig(profile.group(1) + suffix);
    }
}
