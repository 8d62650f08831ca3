package dev.berth.cluster;

import java.util.Objects;

/**
 * What is known of a GPU model. Immutable.
 *
 * @param name family, then form and size where the family has several: {@code H100-SXM-80GB}, {@code L40S}
 * @param memoryMib total memory as nvidia-smi or rocm-smi reports it, or as sold where no report is known; MiB, more than 0
 * @param thermalDesignW the most that it draws, in W; more than 0
 * @param idleW what it draws when nothing runs on it, in W; 0 when unknown
 * @param linkGigabytesPerSecond NVLink or xGMI of one GPU to all peers together, both directions, in GB/s; 0 without
 * @param links number of NVLinks or xGMI links of one GPU; 0 without
 * @param nvlinkGeneration 1 to 5; 0 without NVLink
 * @param interconnect how GPUs of the model are joined
 * @param source where the figures are published
 */
public record GpuModel(
        String name,
        int memoryMib,
        int thermalDesignW,
        int idleW,
        int linkGigabytesPerSecond,
        int links,
        int nvlinkGeneration,
        Interconnect interconnect,
        String source) {
    /** How the GPUs of a model are joined inside a node. */
    public enum Interconnect {
        /** By PCIe only. */
        NONE,
        /** By bridges over pairs of cards, which a machine has or has not. */
        BRIDGE,
        /** V100 with SXM2: Directly, six links on each, DGX-1's hybrid cube mesh when there are eight. */
        DIRECT,
        /** Through NVSwitches. */
        SWITCH,
        /** Directly, a link of its own to each of seven peers. */
        MESH,
        /** In a way that differs between machines. */
        VARIES
    }

    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException naming the model, the field, its value and what is allowed
     */
    public GpuModel {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(interconnect, "interconnect");
        Objects.requireNonNull(source, "source");
        require(!name.isBlank() && !GpuModelName.of(name).family().isEmpty(), name, "name", name, "a letter or digit");
        require(memoryMib > 0, name, "memoryMib", memoryMib, "1 or more");
        require(thermalDesignW > 0, name, "thermalDesignW", thermalDesignW, "1 or more");
        require(
                idleW >= 0 && idleW <= thermalDesignW,
                name,
                "idleW",
                idleW,
                "0 (unknown) to thermalDesignW, " + thermalDesignW);
        boolean joined = interconnect != Interconnect.NONE;
        String why = ", because interconnect is " + interconnect;
        String inRange = "1 to " + GpuTopology.MAX_LINK_GIGABYTES_PER_SECOND;
        require(
                joined
                        ? linkGigabytesPerSecond > 0
                                && linkGigabytesPerSecond <= GpuTopology.MAX_LINK_GIGABYTES_PER_SECOND
                        : linkGigabytesPerSecond == 0,
                name,
                "linkGigabytesPerSecond",
                linkGigabytesPerSecond,
                (joined ? inRange : "0") + why);
        require(
                joined ? links > 0 && links <= linkGigabytesPerSecond : links == 0,
                name,
                "links",
                links,
                (joined ? "1 to linkGigabytesPerSecond" : "0") + why);
        require(
                nvlinkGeneration >= 0 && nvlinkGeneration <= (joined ? GpuLinks.GENERATIONS : 0),
                name,
                "nvlinkGeneration",
                nvlinkGeneration,
                (joined ? "0 (no NVLink) to " + GpuLinks.GENERATIONS : "0") + why);
    }

    /** What one NVLink or xGMI link has, both directions, in GB/s, rounded down; 0 without. */
    public int oneLinkGigabytesPerSecond() {
        return links == 0 ? 0 : linkGigabytesPerSecond / links;
    }

    private static void require(boolean ok, String model, String field, Object value, String allowed) {
        if (!ok) {
            throw new IllegalArgumentException(
                    "GPU model '" + model + "': " + field + " is " + value + ", allowed: " + allowed);
        }
    }

    /**
     * The links that a node with so many GPUs of the model has where nothing else is said. Only what follows from the model:
     * bridges over PCIe cards are an option of the machine and are not assumed, and neither is NUMA or a NIC.
     *
     * @param gpus 0 to {@value Cluster#MAX_GPUS_PER_NODE}
     */
    public GpuTopology topology(int gpus) {
        return switch (interconnect) {
            case NONE, BRIDGE, VARIES -> GpuTopology.none(gpus);
            case SWITCH -> gpus < 2 ? GpuTopology.none(gpus) : GpuTopology.nvswitch(gpus, linkGigabytesPerSecond);
            case MESH ->
                gpus < 2 || gpus > links + 1
                        ? GpuTopology.none(gpus)
                        : GpuTopology.mesh(gpus, oneLinkGigabytesPerSecond());
            case DIRECT -> direct(gpus);
        };
    }

    /** Four V100 share their six links evenly (two to each peer) where a maker joins all; eight stand as in DGX-1. */
    private static GpuTopology direct(int gpus) {
        if (gpus == 8) {
            return GpuTopology.hybridCubeMesh();
        }
        GpuTopology.Builder builder = GpuTopology.builder(gpus);
        for (int a = 0; a < gpus && gpus <= 4; a++) {
            for (int b = 0; b < a; b++) {
                builder.nvlink(a, b, 2, 2);
            }
        }
        return builder.build();
    }
}
