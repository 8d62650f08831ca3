package dev.berth.planner.io;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Our cluster file: groups of like nodes in YAML. The form is described in docs/files.md and, for editors, in
 * docs/schema/cluster.schema.json.
 */
public final class ClusterFile {
    private static final List<String> TOP = Stream.concat(Stream.of("nodes", "states"), ClusterPlaces.KEYS.stream())
            .toList();
    private static final List<String> GROUP = List.of(
            "name",
            "gpu",
            "cpuMilli",
            "memoryMib",
            "counted",
            "labels",
            "state",
            "rack",
            "site",
            "nvlinkDomain",
            "switch",
            "power");
    private static final List<String> GPU = List.of("model", "count", "memoryMib", "mig", "topology");
    private static final List<String> STATES =
            Arrays.stream(NodeState.values()).map(Enum::name).toList();

    private ClusterFile() {}

    /**
     * Reads a file.
     *
     * @throws BadInputException naming file, line, column, field, value and what is allowed
     */
    public static Cluster read(Path file) {
        return parse(file.toString(), InputText.bytes(file));
    }

    /**
     * Reads UTF-8 bytes.
     *
     * @param source what messages call them
     * @throws BadInputException as {@link #read} does
     */
    public static Cluster parse(String source, byte[] bytes) {
        YamlValue root = YamlValue.parse(source, InputText.utf8(source, bytes));
        Map<String, YamlValue> top = root.fields(TOP);
        Cluster.Builder builder = Cluster.builder();
        Nodes nodes = new Nodes(new ClusterPlaces(top, builder));
        for (YamlValue group : root.required(top, "nodes").items()) {
            nodes.addGroup(group);
        }
        YamlValue states = top.get("states");
        if (states != null) {
            states.entries().forEach(nodes::setState);
        }
        return nodes.build(root, builder);
    }

    /**
     * Writes a cluster so that {@link #read} gives the same again, one entry per node.
     *
     * @throws IllegalArgumentException if the name of a node or of a place has braces, which the form uses for ranges
     */
    public static String write(Cluster cluster) {
        YAMLMapper mapper = new YAMLMapper();
        mapper.enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN);
        try {
            return mapper.writeValueAsString(tree(cluster));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text and numbers was refused by the writer", e);
        }
    }

    /** What a file says of a cluster, one entry per node and place. */
    static ObjectNode tree(Cluster cluster) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ClusterPlaces.write(cluster, root);
        ArrayNode nodes = root.putArray("nodes");
        for (int node = 0; node < cluster.nodeCount(); node++) {
            write(cluster.spec(node), nodes.addObject());
        }
        return root;
    }

    private static void write(NodeSpec spec, ObjectNode out) {
        out.put("name", writable(spec.name()));
        if (spec.gpuModel() != null) {
            ObjectNode gpu = out.putObject("gpu").put("model", spec.gpuModel()).put("count", spec.gpuCount());
            gpu.put("memoryMib", spec.gpuMemoryMib());
            if (spec.migGpuMask() != 0) {
                ArrayNode mig = gpu.putArray("mig");
                for (int g = 0; g < spec.gpuCount(); g++) {
                    if ((spec.migGpuMask() >>> g & 1) != 0) {
                        mig.add(g);
                    }
                }
            }
            if (spec.gpuTopology() != null) {
                gpu.set("topology", GpuTopologyForm.write(spec.gpuTopology(), gpu));
            }
        }
        out.put("cpuMilli", spec.cpuMilli()).put("memoryMib", spec.memoryMib());
        if (!spec.counted().isEmpty()) {
            ObjectNode counted = out.putObject("counted");
            spec.counted().forEach(counted::put);
        }
        if (!spec.labels().isEmpty()) {
            ObjectNode labels = out.putObject("labels");
            spec.labels().forEach(labels::put);
        }
        out.put("state", spec.state().name());
        if (spec.rack() != null) {
            out.put("rack", writable(spec.rack()));
        }
        if (spec.site() != null) {
            out.put("site", spec.site());
        }
        if (spec.nvlinkDomain() != null) {
            out.put("nvlinkDomain", writable(spec.nvlinkDomain()));
        }
        if (spec.fabricSwitch() != null) {
            out.put("switch", writable(spec.fabricSwitch()));
        }
        if (spec.power() != null) {
            NodePowerForm.write(spec.power(), out.putObject("power"));
        }
    }

    static String writable(String name) {
        if (!NamePattern.isPlain(name)) {
            throw new IllegalArgumentException("name is '" + name + "', allowed: names without braces");
        }
        return name;
    }

    /** The nodes read so far. */
    private static final class Nodes {
        private final Map<String, NodeSpec> specs = new LinkedHashMap<>();
        private final ClusterPlaces places;

        Nodes(ClusterPlaces places) {
            this.places = places;
        }

        void addGroup(YamlValue group) {
            Map<String, YamlValue> fields = group.fields(GROUP);
            NamePattern names = group.required(fields, "name").names();
            if (specs.size() + (long) names.size() > Cluster.MAX_NODES) {
                throw group.complain("brings the nodes to " + (specs.size() + (long) names.size()) + ", allowed: "
                        + Cluster.MAX_NODES);
            }
            NodeSpec first = first(group, fields, names.name(0));
            Spread racks = new Spread(fields.get("rack"), "racks", names.size(), "nodes");
            Spread switches = new Spread(fields.get("switch"), "switches", names.size(), "nodes");
            Spread domains = new Spread(fields.get("nvlinkDomain"), "NVLink domains", names.size(), "nodes");
            places.check(racks, switches, fields.get("site"));
            if (fields.get("nvlinkDomain") != null && first.gpuCount() == 0) {
                throw fields.get("nvlinkDomain").complain("is given, allowed: only for nodes with GPUs");
            }
            for (int i = 0; i < names.size(); i++) {
                String name = names.name(i);
                NodeSpec spec = first.toBuilder(name)
                        .rack(racks.name(i))
                        .fabricSwitch(switches.name(i))
                        .nvlinkDomain(domains.name(i))
                        .build();
                if (specs.putIfAbsent(name, spec) != null) {
                    throw group.complain(
                            "has the node '" + name + "', which is there already, allowed: each name once");
                }
            }
        }

        private NodeSpec first(YamlValue group, Map<String, YamlValue> fields, String name) {
            NodeSpec.Builder builder = NodeSpec.named(name)
                    .cpuMilli(group.required(fields, "cpuMilli").integer(0, Integer.MAX_VALUE))
                    .memoryMib(group.required(fields, "memoryMib").integer(0, Integer.MAX_VALUE));
            YamlValue gpu = fields.get("gpu");
            if (gpu != null) {
                gpu(builder, gpu);
            }
            Counted.read(fields.get("counted")).forEach(builder::counted);
            Labels.read(fields.get("labels")).forEach(builder::label);
            YamlValue state = fields.get("state");
            if (state != null) {
                builder.state(NodeState.valueOf(state.oneOf(STATES)));
            }
            YamlValue site = fields.get("site");
            if (site != null) {
                builder.site(site.text());
            }
            YamlValue power = fields.get("power");
            if (power != null) {
                builder.power(NodePowerForm.read(power));
            }
            try {
                return builder.build();
            } catch (IllegalArgumentException e) {
                throw group.complain("cannot be: " + e.getMessage(), e);
            }
        }

        private void gpu(NodeSpec.Builder builder, YamlValue gpu) {
            Map<String, YamlValue> fields = gpu.fields(GPU);
            String model = gpu.required(fields, "model").text();
            int count = gpu.required(fields, "count").integer(1, Cluster.MAX_GPUS_PER_NODE);
            YamlValue memory = fields.get("memoryMib");
            int memoryMib = memory == null ? 0 : memory.integer(0, Integer.MAX_VALUE);
            builder.gpus(model, count, memoryMib);
            YamlValue mig = fields.get("mig");
            int mask = mig == null ? 0 : migGpuMask(mig, count);
            if (mask != 0 && mig != null && MigGeometry.find(model, memoryMib) == null) {
                throw mig.complain("puts GPUs of model '" + model + "' with memoryMib " + memoryMib
                        + " in MIG mode, allowed: models with a known MIG geometry, such as A100, H100, H200, B200, A30"
                        + " and RTX PRO 6000");
            }
            builder.migGpuMask(mask);
            YamlValue topology = fields.get("topology");
            if (topology != null) {
                builder.gpuTopology(
                        GpuTopologyForm.read(topology, places.catalog().find(model, memoryMib), count));
            }
        }

        private static int migGpuMask(YamlValue mig, int count) {
            if (!mig.isSequence()) {
                return switch (mig.scalar()) {
                    case "all" -> (1 << count) - 1;
                    case "none" -> 0;
                    default -> throw mig.wrong("all, none, a list of GPU indices");
                };
            }
            int mask = 0;
            for (YamlValue index : mig.items()) {
                int bit = 1 << index.integer(0, count - 1);
                if ((mask & bit) != 0) {
                    throw index.wrong("each GPU once");
                }
                mask |= bit;
            }
            return mask;
        }

        void setState(String name, YamlValue value) {
            NodeState state = NodeState.valueOf(value.oneOf(STATES));
            NodeSpec spec = specs.get(name);
            if (spec == null) {
                throw value.complain("is the state of a node that the cluster has not, allowed: names of its nodes");
            }
            specs.put(name, spec.toBuilder(name).state(state).build());
        }

        Cluster build(YamlValue root, Cluster.Builder builder) {
            try {
                specs.values().forEach(builder::add);
                return builder.build();
            } catch (IllegalArgumentException e) {
                throw root.complain("cannot be used: " + e.getMessage(), e);
            }
        }
    }
}
