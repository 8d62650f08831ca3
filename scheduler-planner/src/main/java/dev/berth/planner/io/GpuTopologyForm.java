package dev.berth.planner.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuNic;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.LinkKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The links between the GPUs of a node, as the cluster file writes them: the name of a shape, or a matrix in the words of
 * {@code nvidia-smi topo -m}, and beside either NUMA nodes and NICs.
 */
final class GpuTopologyForm {
    private static final List<String> KEYS =
            List.of("shape", "linkGigabytesPerSecond", "links", "switched", "numa", "rails", "nics");
    private static final List<String> NIC = List.of("name", "rail", "distances");
    private static final List<String> SHAPES =
            List.of("nvswitch", "halves", "pairs", "hybrid-cube-mesh", "mesh", "none");

    private final int gpus;
    private final @Nullable GpuModel model;

    private GpuTopologyForm(@Nullable GpuModel model, int gpus) {
        this.gpus = gpus;
        this.model = model;
    }

    static GpuTopology read(YamlValue topology, @Nullable GpuModel model, int gpus) {
        try {
            return new GpuTopologyForm(model, gpus).read(topology);
        } catch (IllegalArgumentException e) {
            throw topology.complain("cannot be: " + e.getMessage(), e);
        }
    }

    private GpuTopology read(YamlValue topology) {
        if (topology.isScalar()) {
            return shape(topology.oneOf(SHAPES), topology, null);
        }
        Map<String, YamlValue> fields = topology.fields(KEYS);
        YamlValue shape = fields.get("shape");
        YamlValue links = fields.get("links");
        if ((shape == null) == (links == null)) {
            throw topology.complain(
                    "has " + (shape == null ? "neither shape nor" : "both shape and") + " links, allowed: one of them");
        }
        GpuTopology.Builder builder = GpuTopology.builder(gpus);
        YamlValue speed = fields.get("linkGigabytesPerSecond");
        if (shape != null) {
            GpuTopology base = shape(shape.oneOf(SHAPES), shape, speed);
            copy(base, builder);
            refuseBesideShape(fields.get("switched"));
        } else if (links != null) {
            if (speed != null) {
                throw speed.complain("is given, allowed: only beside shape");
            }
            new LinkMatrix(gpus, model).read(links, builder);
            YamlValue switched = fields.get("switched");
            if (switched != null) {
                builder.switched(switched.truth());
            }
        }
        numa(fields.get("numa"), builder);
        nics(fields.get("rails"), fields.get("nics"), builder);
        return builder.build();
    }

    private static void refuseBesideShape(@Nullable YamlValue switched) {
        if (switched != null) {
            throw switched.complain("is given, allowed: only beside links");
        }
    }

    /** The speed is what a GPU has into its switch, what a pair has over its bridge, or what one link of a mesh has. */
    private GpuTopology shape(String shape, YamlValue at, @Nullable YamlValue speed) {
        boolean fixed = shape.equals("none") || shape.equals("hybrid-cube-mesh");
        if (fixed && speed != null) {
            throw speed.complain("is given, allowed: nothing beside the shape " + shape);
        }
        if (shape.equals("hybrid-cube-mesh") && gpus != 8) {
            throw at.complain("is hybrid-cube-mesh on a node with " + gpus + " GPUs, allowed: 8 GPUs");
        }
        int linkSpeed = fixed
                ? 0
                : speed == null ? usualSpeed(shape, at) : speed.integer(1, GpuTopology.MAX_LINK_GIGABYTES_PER_SECOND);
        return switch (shape) {
            case "nvswitch" -> GpuTopology.nvswitch(gpus, linkSpeed);
            case "halves" -> GpuTopology.halves(gpus, linkSpeed);
            case "pairs" -> GpuTopology.pairs(gpus, linkSpeed);
            case "hybrid-cube-mesh" -> GpuTopology.hybridCubeMesh();
            case "mesh" -> GpuTopology.mesh(gpus, linkSpeed);
            default -> GpuTopology.none(gpus);
        };
    }

    private int usualSpeed(String shape, YamlValue at) {
        int known = model == null
                ? 0
                : shape.equals("mesh") ? model.oneLinkGigabytesPerSecond() : model.linkGigabytesPerSecond();
        if (known == 0) {
            throw at.complain(
                    "is " + shape + " without linkGigabytesPerSecond, allowed: only for GPU models whose links"
                            + " are known; write {shape: " + shape + ", linkGigabytesPerSecond: 600}");
        }
        return known;
    }

    private void copy(GpuTopology from, GpuTopology.Builder to) {
        for (int a = 0; a < gpus; a++) {
            for (int b = 0; b < a; b++) {
                LinkMatrix.copy(from, a, b, to);
            }
        }
        to.switched(from.isSwitched());
    }

    private void numa(@Nullable YamlValue numa, GpuTopology.Builder builder) {
        if (numa == null) {
            return;
        }
        List<YamlValue> nodes = numa.items();
        if (nodes.size() != gpus) {
            throw numa.complain("has " + nodes.size() + " entries, allowed: one for each of " + gpus + " GPUs");
        }
        for (int gpu = 0; gpu < gpus; gpu++) {
            builder.numa(gpu, nodes.get(gpu).integer(-1, GpuTopology.MAX_NUMA));
        }
    }

    private void nics(@Nullable YamlValue rails, @Nullable YamlValue nics, GpuTopology.Builder builder) {
        if (rails != null && nics != null) {
            throw rails.complain("is given, allowed: rails or nics, not both");
        }
        if (rails != null) {
            int count = rails.integer(1, gpus);
            if (gpus % count != 0) {
                throw rails.wrong("a number by which the number of GPUs, " + gpus + ", can be divided");
            }
            for (int rail = 0; rail < count; rail++) {
                List<LinkKind> distances = new ArrayList<>();
                for (int gpu = 0; gpu < gpus; gpu++) {
                    distances.add(gpu / (gpus / count) == rail ? LinkKind.PIX : LinkKind.SYS);
                }
                builder.nic(new GpuNic("rail" + rail, rail, distances));
            }
        }
        for (YamlValue nic : nics == null ? List.<YamlValue>of() : nics.items()) {
            Map<String, YamlValue> fields = nic.fields(NIC);
            YamlValue rail = fields.get("rail");
            YamlValue distances = nic.required(fields, "distances");
            try {
                builder.nic(new GpuNic(
                        nic.required(fields, "name").text(),
                        rail == null ? -1 : rail.integer(0, GpuTopology.MAX_RAIL),
                        LinkMatrix.distances(distances, gpus)));
            } catch (IllegalArgumentException e) {
                throw nic.complain("cannot be: " + e.getMessage(), e);
            }
        }
    }

    /** Writes so that {@link #read} gives the same again: by shape where that says all. */
    static JsonNode write(GpuTopology topology, ObjectNode parent) {
        int gpus = topology.gpuCount();
        ObjectNode out = parent.objectNode();
        GpuTopology plain = plain(topology);
        if (plain != null && topology.equals(plain) && topology.shape().equals("none")) {
            return TextNode.valueOf("none");
        }
        if (plain != null && sameLinks(plain, topology)) {
            out.put("shape", topology.shape());
            if (!topology.shape().equals("none") && !topology.shape().equals("hybrid-cube-mesh")) {
                out.put("linkGigabytesPerSecond", topology.linkGigabytesPerSecond(0, 1));
            }
        } else {
            out.set("links", LinkMatrix.write(topology, out.arrayNode()));
            out.put("switched", topology.isSwitched());
        }
        ArrayNode numa = out.arrayNode();
        boolean known = false;
        for (int gpu = 0; gpu < gpus; gpu++) {
            numa.add(topology.numaOf(gpu));
            known |= topology.numaOf(gpu) >= 0;
        }
        if (known) {
            out.set("numa", numa);
        }
        if (!topology.nics().isEmpty()) {
            ArrayNode nics = out.putArray("nics");
            for (GpuNic nic : topology.nics()) {
                ObjectNode one = nics.addObject().put("name", nic.name());
                if (nic.rail() >= 0) {
                    one.put("rail", nic.rail());
                }
                one.put("distances", LinkMatrix.text(nic.distances()));
            }
        }
        return out;
    }

    /** The plain shape that a topology may be, without NUMA and NICs; null when it has the name of none. */
    private static @Nullable GpuTopology plain(GpuTopology topology) {
        int gpus = topology.gpuCount();
        if (gpus < 2) {
            return GpuTopology.none(gpus);
        }
        int speed = topology.linkGigabytesPerSecond(0, 1);
        return switch (topology.shape()) {
            case "nvswitch" -> GpuTopology.nvswitch(gpus, speed);
            case "halves" -> GpuTopology.halves(gpus, speed);
            case "pairs" -> GpuTopology.pairs(gpus, speed);
            case "mesh" -> GpuTopology.mesh(gpus, speed);
            case "hybrid-cube-mesh" -> GpuTopology.hybridCubeMesh();
            case "none" -> GpuTopology.none(gpus);
            default -> null;
        };
    }

    private static boolean sameLinks(GpuTopology a, GpuTopology b) {
        GpuTopology.Builder bare = GpuTopology.builder(b.gpuCount());
        new GpuTopologyForm(null, b.gpuCount()).copy(b, bare);
        return a.equals(bare.build());
    }
}
