package dev.berth.cluster;

import dev.berth.cluster.GpuModel.Interconnect;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * GPU models by name: memory, power, links. Immutable, thread-safe. The built-in figures are defaults: {@link #with} replaces
 * any of them.
 *
 * <p>Idle power is from single machines (nvidia-smi reports at utilisation 0 that NVIDIA keeps as test data in its
 * k8s-test-infra repository; the middle of what was seen), so it seeds an estimate and is no specification; 0 where no report
 * is known.
 */
public final class GpuCatalog {
    private static final String REPORTS = "; memory and idle power: nvidia-smi reports in NVIDIA/k8s-test-infra";
    private static final String RTX_BLACKWELL = "NVIDIA RTX Blackwell PRO GPU Architecture, table of specifications";

    /** In order of preference within a family: the first is meant where a name does not say more. */
    private static final GpuCatalog BUILT_IN = new GpuCatalog(List.of(
            model("V100-SXM2-16GB", 16384, 300, 0, 300, 6, 2, Interconnect.DIRECT, "NVIDIA V100 datasheet"),
            model("V100-SXM2-32GB", 32768, 300, 0, 300, 6, 2, Interconnect.DIRECT, "NVIDIA V100 datasheet"),
            model("V100-SXM3-32GB", 32768, 350, 0, 300, 6, 2, Interconnect.SWITCH, "NVIDIA DGX-2 datasheet"),
            model("V100-PCIE-16GB", 16384, 250, 0, 0, 0, 0, Interconnect.NONE, "NVIDIA V100 datasheet"),
            model("V100-PCIE-32GB", 32768, 250, 0, 0, 0, 0, Interconnect.NONE, "NVIDIA V100 datasheet"),
            model("T4", 15360, 70, 34, 0, 0, 0, Interconnect.NONE, "NVIDIA T4 datasheet" + REPORTS),
            model("A10", 24576, 150, 0, 0, 0, 0, Interconnect.NONE, "NVIDIA A10 datasheet"),
            model("A30", 24576, 165, 0, 200, 4, 3, Interconnect.BRIDGE, "NVIDIA A30 datasheet"),
            model("A100-SXM4-40GB", 40960, 400, 50, 600, 12, 3, Interconnect.SWITCH, "NVIDIA A100 datasheet" + REPORTS),
            model("A100-SXM4-80GB", 81920, 400, 0, 600, 12, 3, Interconnect.SWITCH, "NVIDIA A100 datasheet"),
            model("A100-PCIE-40GB", 40960, 250, 0, 600, 12, 3, Interconnect.BRIDGE, "NVIDIA A100 datasheet"),
            model("A100-PCIE-80GB", 81920, 300, 0, 600, 12, 3, Interconnect.BRIDGE, "NVIDIA A100 datasheet"),
            model("L4", 23034, 72, 0, 0, 0, 0, Interconnect.NONE, "NVIDIA L4 datasheet"),
            model("L40S", 46068, 350, 66, 0, 0, 0, Interconnect.NONE, "NVIDIA L40S datasheet" + REPORTS),
            model("H100-SXM5-80GB", 81559, 700, 69, 900, 18, 4, Interconnect.SWITCH, "NVIDIA H100 datasheet" + REPORTS),
            model(
                    "H100-PCIE-80GB",
                    81559,
                    350,
                    0,
                    600,
                    12,
                    4,
                    Interconnect.BRIDGE,
                    "NVIDIA H100 PCIe product brief PB-11133"),
            model("H100-NVL-94GB", 95830, 400, 0, 600, 12, 4, Interconnect.BRIDGE, "NVIDIA H100 datasheet"),
            model("H200-SXM5-141GB", 143771, 700, 0, 900, 18, 4, Interconnect.SWITCH, "NVIDIA H200 datasheet"),
            model("H200-NVL-141GB", 143771, 600, 0, 900, 18, 4, Interconnect.BRIDGE, "NVIDIA H200 datasheet"),
            model("B200", 183359, 1000, 200, 1800, 18, 5, Interconnect.SWITCH, "NVIDIA DGX B200 datasheet" + REPORTS),
            model("B300", 275040, 1400, 0, 1800, 18, 5, Interconnect.SWITCH, "NVIDIA Blackwell Ultra datasheet"),
            model(
                    "GB200",
                    189471,
                    1200,
                    164,
                    1800,
                    18,
                    5,
                    Interconnect.SWITCH,
                    "NVIDIA GB200 NVL72 datasheet" + REPORTS),
            model(
                    "GB300",
                    284208,
                    1400,
                    178,
                    1800,
                    18,
                    5,
                    Interconnect.SWITCH,
                    "NVIDIA GB300 NVL72 datasheet" + REPORTS),
            model("RTX-4090", 24564, 450, 0, 0, 0, 0, Interconnect.NONE, "NVIDIA GeForce RTX 4090 specifications"),
            model("RTX-5090", 32607, 575, 0, 0, 0, 0, Interconnect.NONE, "NVIDIA GeForce RTX 5090 specifications"),
            model("RTX-PRO-6000", 97887, 600, 0, 0, 0, 0, Interconnect.NONE, RTX_BLACKWELL),
            model("MI250X", 131072, 560, 0, 800, 8, 0, Interconnect.VARIES, "AMD Instinct MI250X data sheet"),
            model("MI300X", 196608, 750, 0, 896, 7, 0, Interconnect.MESH, "AMD Instinct MI300X data sheet"),
            model("MI325X", 262144, 1000, 0, 896, 7, 0, Interconnect.MESH, "AMD Instinct MI325X data sheet"),
            model("MI350X", 294912, 1000, 0, 1075, 7, 0, Interconnect.MESH, "AMD Instinct MI350X data sheet"),
            model("MI355X", 294912, 1400, 0, 1075, 7, 0, Interconnect.MESH, "AMD Instinct MI355X data sheet")));

    private final Map<String, GpuModel> byName;

    private GpuCatalog(Collection<GpuModel> models) {
        Map<String, GpuModel> map = new LinkedHashMap<>();
        for (GpuModel model : models) {
            map.put(key(model.name()), model);
        }
        byName = map;
    }

    private static GpuModel model(
            String name,
            int memoryMib,
            int thermalDesignW,
            int idleW,
            int linkGigabytesPerSecond,
            int links,
            int nvlinkGeneration,
            Interconnect interconnect,
            String source) {
        return new GpuModel(
                name,
                memoryMib,
                thermalDesignW,
                idleW,
                linkGigabytesPerSecond,
                links,
                nvlinkGeneration,
                interconnect,
                source);
    }

    /** The models that Berth knows by itself. */
    public static GpuCatalog builtIn() {
        return BUILT_IN;
    }

    /** This catalogue with further models; one that has the name of another (in any case) takes its place. */
    public GpuCatalog with(Collection<GpuModel> models) {
        Map<String, GpuModel> all = new LinkedHashMap<>(byName);
        models.forEach(model -> all.put(key(model.name()), model));
        return new GpuCatalog(all.values());
    }

    /** All models; within a family the first is meant where a name does not say more. */
    public List<GpuModel> models() {
        return List.copyOf(byName.values());
    }

    /** The model that is listed under exactly this name, in any case; null when there is none. */
    public @Nullable GpuModel named(String name) {
        return byName.get(key(name));
    }

    /**
     * The model of a name, in any of its usual spellings. Its form and size must not contradict the name; of several that are
     * left that with the nearest memory, or the first when nothing says.
     *
     * @param gpuModel name as a driver, a cloud or a person writes it
     * @param memoryMib memory in MiB, 0 when unknown
     * @return null when the model is not known
     */
    public @Nullable GpuModel find(String gpuModel, int memoryMib) {
        GpuModel exact = named(gpuModel);
        if (exact != null) {
            return exact;
        }
        GpuModelName asked = GpuModelName.of(gpuModel);
        GpuModel best = null;
        long bestDistance = Long.MAX_VALUE;
        for (GpuModel model : byName.values()) {
            GpuModelName name = GpuModelName.of(model.name());
            if (!name.family().equals(asked.family()) || contradicts(asked.form(), name.form())) {
                continue;
            }
            long distance = distance(model, name, asked.memoryGb(), memoryMib);
            if (distance < bestDistance) {
                best = model;
                bestDistance = distance;
            }
        }
        return best;
    }

    /**
     * The links that a node has where nothing else is said: {@link GpuModel#topology} of its model, or none when the model is
     * not known.
     *
     * @param gpuModel null for a node without GPUs
     * @param memoryMib memory of each GPU in MiB, 0 when unknown
     * @param gpus 0 to {@value Cluster#MAX_GPUS_PER_NODE}
     */
    public GpuTopology topology(@Nullable String gpuModel, int memoryMib, int gpus) {
        GpuModel model = gpuModel == null ? null : find(gpuModel, memoryMib);
        return model == null ? GpuTopology.none(gpus) : model.topology(gpus);
    }

    private static boolean contradicts(String asked, String form) {
        // V100 with SXM3 is a form of its own; all other SXM numbers follow from the family.
        return !asked.isEmpty() && !form.isEmpty() && !asked.equals(form);
    }

    private static long distance(GpuModel model, GpuModelName name, int askedGb, int askedMib) {
        if (askedGb != 0 && askedGb == name.memoryGb()) {
            return 0;
        }
        if (askedMib > 0) {
            return Math.abs((long) model.memoryMib() - askedMib);
        }
        return askedGb == 0 ? 0 : 1 + Math.abs(askedGb - name.memoryGb());
    }

    private static String key(String name) {
        return name.toUpperCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return "GpuCatalog[" + byName.size() + " models]";
    }
}
