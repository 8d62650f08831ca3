package dev.berth.cluster;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One machine as it is described to {@link Cluster.Builder#add(NodeSpec)}. Immutable.
 *
 * @param name unique in the cluster, not blank
 * @param gpuModel model of the GPUs, such as {@code H100-SXM5-80GB}; null exactly when {@code gpuCount} is 0
 * @param gpuCount number of GPUs, 0 to {@value Cluster#MAX_GPUS_PER_NODE}
 * @param gpuMemoryMib memory of each GPU in MiB; 0 when unknown
 * @param migGpuMask bit g is set when GPU g is in MIG mode: it then takes MIG profiles only, and the others take none
 * @param cpuMilli allocatable CPU in 1/1000 of a core
 * @param memoryMib allocatable memory in MiB
 * @param counted further named counted resources (pod slots, ephemeral storage, RDMA devices), in units of the resource
 * @param labels labels of the node
 * @param state life-cycle state at the start
 * @param rack the rack, or null when unknown
 * @param site the site, or null when unknown
 * @param nvlinkDomain the NVLink domain that spans this node and others, such as an NVL72; null when there is none
 * @param fabricSwitch the switch of the network between nodes that it hangs on, mostly its leaf; null when unknown
 * @param power what it draws, or null when unknown
 * @param gpuTopology the links between its GPUs; null when nothing was said, and then the cluster takes what is usual for the model
 */
public record NodeSpec(
        String name,
        @Nullable String gpuModel,
        int gpuCount,
        int gpuMemoryMib,
        int migGpuMask,
        int cpuMilli,
        long memoryMib,
        Map<String, Long> counted,
        Map<String, String> labels,
        NodeState state,
        @Nullable String rack,
        @Nullable String site,
        @Nullable String nvlinkDomain,
        @Nullable String fabricSwitch,
        @Nullable NodePower power,
        @Nullable GpuTopology gpuTopology) {

    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException naming the node, the field, its value and what is allowed
     */
    public NodeSpec {
        Objects.requireNonNull(name, "name");
        require(!name.isBlank(), name, "name", name, "not blank");
        require(
                gpuCount >= 0 && gpuCount <= Cluster.MAX_GPUS_PER_NODE,
                name,
                "gpuCount",
                gpuCount,
                "0 to " + Cluster.MAX_GPUS_PER_NODE);
        require(
                (gpuCount == 0) == (gpuModel == null),
                name,
                "gpuModel",
                gpuModel,
                "given exactly when gpuCount is not 0");
        require(gpuModel == null || !gpuModel.isBlank(), name, "gpuModel", gpuModel, "not blank");
        require(gpuMemoryMib >= 0, name, "gpuMemoryMib", gpuMemoryMib, "0 (unknown) or more");
        require(
                migGpuMask >>> gpuCount == 0,
                name,
                "migGpuMask",
                Integer.toBinaryString(migGpuMask),
                "GPUs that the node has");
        require(
                migGpuMask == 0 || MigGeometry.find(gpuModel, gpuMemoryMib) != null,
                name,
                "migGpuMask",
                Integer.toBinaryString(migGpuMask),
                "0, because the model " + gpuModel + " has no known MIG geometry");
        require(cpuMilli >= 0, name, "cpuMilli", cpuMilli, "0 or more");
        require(
                memoryMib >= 0 && memoryMib <= Integer.MAX_VALUE,
                name,
                "memoryMib",
                memoryMib,
                "0 to " + Integer.MAX_VALUE);
        counted = Map.copyOf(counted);
        counted.forEach((resource, amount) -> require(
                amount >= 0 && amount <= Cluster.MAX_COUNTED_AMOUNT && !resource.isBlank(),
                name,
                "counted." + resource,
                amount,
                "0 to " + Cluster.MAX_COUNTED_AMOUNT + ", with a name"));
        // Sorted, so that what is printed of them is the same in every run.
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        Objects.requireNonNull(state, "state");
        named(name, "rack", rack);
        named(name, "site", site);
        named(name, "nvlinkDomain", nvlinkDomain);
        named(name, "fabricSwitch", fabricSwitch);
        require(
                nvlinkDomain == null || gpuCount > 0,
                name,
                "nvlinkDomain",
                nvlinkDomain,
                "nothing, because the node has no GPUs");
        require(
                power == null
                        || !power.hasExpected(gpuCount)
                        || power.nameplateW() == 0
                        || power.idleW() + gpuCount * power.busyGpuW() <= power.nameplateW(),
                name,
                "power",
                power,
                "idleW and busyGpuW of all GPUs together at most nameplateW");
        require(
                gpuTopology == null || gpuCount > 0 && gpuTopology.gpuCount() == gpuCount,
                name,
                "gpuTopology",
                gpuTopology,
                gpuCount == 0
                        ? "nothing, because the node has no GPUs"
                        : "links between as many GPUs as the node has, " + gpuCount);
    }

    private static void named(String node, String field, @Nullable String value) {
        require(value == null || !value.isBlank(), node, field, value, "not blank");
    }

    private static void require(boolean ok, String node, String field, @Nullable Object value, String allowed) {
        Checks.require(ok, "node", node, field, value, allowed);
    }

    /** A builder for a {@link NodeState#READY} node without GPUs, CPU or memory. */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** A builder that starts with all that this node has, under another name. */
    public Builder toBuilder(String newName) {
        Builder builder = new Builder(newName)
                .gpus(gpuModel, gpuCount, gpuMemoryMib)
                .migGpuMask(migGpuMask)
                .cpuMilli(cpuMilli)
                .memoryMib(memoryMib)
                .state(state)
                .rack(rack)
                .site(site)
                .nvlinkDomain(nvlinkDomain)
                .fabricSwitch(fabricSwitch)
                .power(power)
                .gpuTopology(gpuTopology);
        counted.forEach(builder::counted);
        labels.forEach(builder::label);
        return builder;
    }

    /** Collects the fields of a {@link NodeSpec}. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private @Nullable String gpuModel;
        private int gpuCount;
        private int gpuMemoryMib;
        private int migGpuMask;
        private int cpuMilli;
        private long memoryMib;
        private final Map<String, Long> counted = new TreeMap<>();
        private final Map<String, String> labels = new TreeMap<>();
        private NodeState state = NodeState.READY;
        private @Nullable String rack;
        private @Nullable String site;
        private @Nullable String nvlinkDomain;
        private @Nullable String fabricSwitch;
        private @Nullable NodePower power;
        private @Nullable GpuTopology gpuTopology;

        private Builder(String name) {
            this.name = name;
        }

        /** Sets model, number and memory (MiB each, 0 when unknown) of the GPUs. */
        public Builder gpus(@Nullable String model, int count, int memoryMibEach) {
            this.gpuModel = model;
            this.gpuCount = count;
            this.gpuMemoryMib = memoryMibEach;
            return this;
        }

        /** Sets which GPUs are in MIG mode. */
        public Builder migGpuMask(int mask) {
            this.migGpuMask = mask;
            return this;
        }

        /** Sets allocatable CPU in 1/1000 of a core. */
        public Builder cpuMilli(int milli) {
            this.cpuMilli = milli;
            return this;
        }

        /** Sets allocatable memory in MiB. */
        public Builder memoryMib(long mib) {
            this.memoryMib = mib;
            return this;
        }

        /** Sets the amount of a further counted resource. */
        public Builder counted(String resource, long amount) {
            counted.put(resource, amount);
            return this;
        }

        /** Sets a label. */
        public Builder label(String key, String value) {
            labels.put(key, value);
            return this;
        }

        /** Sets the life-cycle state at the start; {@link NodeState#READY} when not called. */
        public Builder state(NodeState initial) {
            this.state = initial;
            return this;
        }

        /** Sets the rack. */
        public Builder rack(@Nullable String rackName) {
            this.rack = rackName;
            return this;
        }

        /** Sets the site. */
        public Builder site(@Nullable String siteName) {
            this.site = siteName;
            return this;
        }

        /** Sets the NVLink domain that spans this node and others. */
        public Builder nvlinkDomain(@Nullable String domainName) {
            this.nvlinkDomain = domainName;
            return this;
        }

        /** Sets the switch that the node hangs on, which {@link Cluster.Builder#add(FabricSwitch)} must describe. */
        public Builder fabricSwitch(@Nullable String switchName) {
            this.fabricSwitch = switchName;
            return this;
        }

        /** Sets what the node draws. */
        public Builder power(@Nullable NodePower watts) {
            this.power = watts;
            return this;
        }

        /** Sets the links between its GPUs; null for what is usual for the model. */
        public Builder gpuTopology(@Nullable GpuTopology links) {
            this.gpuTopology = links;
            return this;
        }

        /**
         * The node.
         *
         * @throws IllegalArgumentException as {@link NodeSpec#NodeSpec} says
         */
        public NodeSpec build() {
            return new NodeSpec(
                    name,
                    gpuModel,
                    gpuCount,
                    gpuMemoryMib,
                    migGpuMask,
                    cpuMilli,
                    memoryMib,
                    counted,
                    labels,
                    state,
                    rack,
                    site,
                    nvlinkDomain,
                    fabricSwitch,
                    power,
                    gpuTopology);
        }
    }
}
