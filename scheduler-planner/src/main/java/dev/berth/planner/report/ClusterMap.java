package dev.berth.planner.report;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.NodeReading;
import dev.berth.planner.pack.Packing;
import dev.berth.planner.pack.Placement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as a map: switches as frames, racks of rows, a row for each node, a cell for each GPU, with a space between the
 * islands of a node. What a cell shows can be told without colour: an
 * empty frame is free, a full square is held whole (squares of one task run together), a part filled from below is shares, upright
 * strips are MIG instances at their slices, hatching is a node that takes nothing, crosses are one that holds too much.
 */
final class ClusterMap {
    /** More jobs than this cannot be picked out one by one. */
    static final int JOBS_TO_PICK = 200;
    /** More gangs than this cannot be picked out one by one. */
    static final int GANGS_TO_PICK = 400;

    private static final int NAMED_NODES = 800;
    private static final int LARGE_GPUS = 8_000;
    private static final int NODES_WITHOUT_RACK = 24;
    /** Most rows of a rack; more nodes stand side by side. */
    private static final int ROWS = 9;

    private static final double CHARACTER = 5.8;

    private final Packing packing;
    private final Cluster cluster;
    private final List<List<Placement>> byNode = new ArrayList<>();
    private final boolean named;
    private final boolean pick;
    private final boolean pickGangs;
    private final Map<GpuTopology, GpuColumns> columns = new HashMap<>();
    private final int cell;
    private final int gap;
    private final NodeReading reading = new NodeReading();
    private final StringBuilder out = new StringBuilder();

    private ClusterMap(Packing packing) {
        this.packing = packing;
        cluster = packing.cluster();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            byNode.add(new ArrayList<>(0));
        }
        packing.placements().forEach(placement -> byNode.get(placement.node()).add(placement));
        named = cluster.nodeCount() <= NAMED_NODES;
        pick = packing.workload().jobs().size() <= JOBS_TO_PICK;
        pickGangs = packing.gangs().size() <= GANGS_TO_PICK;
        cell = cluster.gpuCount() > LARGE_GPUS ? 7 : 11;
        gap = cluster.gpuCount() > LARGE_GPUS ? 1 : 2;
    }

    /** The map as HTML. */
    static String of(Packing packing) {
        ClusterMap map = new ClusterMap(packing);
        map.legend();
        map.sites();
        return map.out.toString();
    }

    private void legend() {
        out.append("<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>")
                .append(pattern("down", "off", "M0 4L4 0"))
                .append(pattern("over", "over", "M0 0L4 4M0 4L4 0"))
                .append("</defs></svg>\n<ul class=\"legend\">");
        entry("<rect class=\"f\" x=\".5\" y=\".5\" width=\"11\" height=\"11\"/>", "free");
        entry("<rect class=\"w\" width=\"12\" height=\"12\"/>", "held whole; one task’s GPUs run together");
        entry(
                "<rect class=\"sf\" x=\".5\" y=\".5\" width=\"11\" height=\"11\"/><rect class=\"s\" y=\"5\" width=\"12\" height=\"7\"/>",
                "shared, filled as far as held");
        entry(
                "<rect class=\"mf\" x=\".5\" y=\".5\" width=\"11\" height=\"11\"/><rect class=\"m\" width=\"5.5\" height=\"12\"/>"
                        + "<rect class=\"m\" x=\"6\" width=\"1.2\" height=\"12\"/>",
                "MIG mode, instances at their slices");
        entry("<rect class=\"d\" x=\".5\" y=\".5\" width=\"11\" height=\"11\"/>", "node not ready");
        entry("<rect class=\"o\" x=\".5\" y=\".5\" width=\"11\" height=\"11\"/>", "node overcommitted");
        entry(
                "<rect class=\"t\" y=\"8\" width=\"12\" height=\"3\"/><rect class=\"u\" y=\"8\" width=\"8\" height=\"3\"/>",
                "line beneath: CPU held");
        if (hasIslands()) {
            entry(
                    "<rect class=\"f\" x=\".5\" y=\"2.5\" width=\"4\" height=\"7\"/><rect class=\"f\" x=\"7.5\" y=\"2.5\" width=\"4\" height=\"7\"/>",
                    "space between GPUs: NVLink or xGMI ends there");
        }
        if (!cluster.nvlinkDomains().isEmpty()) {
            entry("<rect class=\"nvl\" x=\"1.5\" y=\"1.5\" width=\"9\" height=\"9\"/>", "NVLink domain over nodes");
        }
        out.append("</ul>\n");
    }

    private static String pattern(String id, String colour, String path) {
        return "<pattern id=\"" + id + "\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\"><path d=\"" + path
                + "\" stroke=\"var(--" + colour + ")\" fill=\"none\"/></pattern>";
    }

    private void entry(String picture, String text) {
        out.append("<li><svg width=\"12\" height=\"12\" aria-hidden=\"true\">")
                .append(picture)
                .append("</svg>")
                .append(text)
                .append("</li>");
    }

    private boolean hasIslands() {
        for (int node = 0; node < cluster.nodeCount(); node++) {
            int islands = cluster.gpuTopology(node).islandCount();
            if (islands > 1 && islands < cluster.gpuCount(node)) {
                return true;
            }
        }
        return false;
    }

    private void sites() {
        Map<Integer, List<Integer>> sites = new LinkedHashMap<>();
        for (int node : order()) {
            sites.computeIfAbsent(cluster.siteId(node), absent -> new ArrayList<>())
                    .add(node);
        }
        Map<String, Integer> withoutRack = new LinkedHashMap<>();
        out.append("<div class=\"map\">");
        sites.forEach((site, nodes) -> {
            if (site >= 0) {
                out.append("<h3>Site ")
                        .append(Html.escape(cluster.sites().get(site)))
                        .append("</h3>");
            }
            box(MapBox.of(cluster, nodes, node -> rack(node, withoutRack)));
        });
        out.append("</div>\n");
    }

    private void box(MapBox box) {
        if (!box.boxes.isEmpty()) {
            out.append("<div class=\"tiers\">");
            box.boxes.forEach((title, inside) -> {
                out.append("<div class=\"tier\"><b>").append(Html.escape(title)).append("</b>");
                box(inside);
                out.append("</div>");
            });
            out.append("</div>");
        }
        if (!box.racks.isEmpty()) {
            out.append("<div class=\"racks\">");
            box.racks.forEach(this::rack);
            out.append("</div>\n");
        }
    }

    /** Nodes without GPUs last; nodes without a rack by model. */
    private List<Integer> order() {
        List<Integer> order = new ArrayList<>();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            order.add(node);
        }
        order.sort(Comparator.comparingInt(node -> {
            int model = cluster.gpuModelId(node);
            return model < 0 ? Integer.MAX_VALUE : cluster.rackId(node) < 0 ? model : -1;
        }));
        return order;
    }

    private String rack(int node, Map<String, Integer> withoutRack) {
        if (cluster.rackId(node) >= 0) {
            return cluster.racks().get(cluster.rackId(node));
        }
        String model = cluster.gpuModelId(node) < 0
                ? "without GPUs"
                : cluster.gpuModels().get(cluster.gpuModelId(node));
        int number = withoutRack.merge(model, 1, Integer::sum) - 1;
        return model + ", " + (number / NODES_WITHOUT_RACK + 1);
    }

    private void rack(MapBox.RackKey key, List<Integer> nodes) {
        String name = key.title();
        int gpus = 0;
        double most = 0;
        int longest = 0;
        for (int node : nodes) {
            gpus += cluster.gpuCount(node);
            most = Math.max(most, columns(node).width());
            longest = Math.max(longest, cluster.nodeName(node).length());
        }
        most = gpus == 0 ? 8 * (cell + gap) : most;
        double left = named ? Math.ceil(longest * CHARACTER) + 4 : 0;
        int row = cell + gap + 4;
        int columns = (nodes.size() + ROWS - 1) / ROWS;
        int rows = (nodes.size() + columns - 1) / columns;
        double column = left + most + 8;
        out.append(key.nvlinkDomain().isEmpty() ? "<div class=\"rack\"" : "<div class=\"rack nvlink\"")
                .append(" tabindex=\"0\" role=\"img\" aria-label=\"")
                .append(Html.escape(
                        name + ": " + Figures.plural(nodes.size(), "node") + ", " + Figures.plural(gpus, "GPU")))
                .append("\"><b>")
                .append(Html.escape(name))
                .append("</b><svg width=\"")
                .append(Html.number(columns * column - 8))
                .append("\" height=\"")
                .append(rows * row)
                .append("\">");
        for (int i = 0; i < nodes.size(); i++) {
            int besides = i / rows;
            node(nodes.get(i), left + besides * column, i % rows * row, most);
        }
        out.append("</svg></div>");
    }

    private GpuColumns columns(int node) {
        return columns.computeIfAbsent(cluster.gpuTopology(node), links -> new GpuColumns(links, cell + gap));
    }

    private void node(int node, double left, int top, double most) {
        packing.holdings().read(node, reading);
        out.append("<g class=\"n\" transform=\"translate(")
                .append(Html.number(left))
                .append(' ')
                .append(top)
                .append(")\"><title>")
                .append(Html.escape(words(node)))
                .append("</title>");
        if (named) {
            out.append("<text x=\"-4\" y=\"")
                    .append(cell - 2)
                    .append("\" text-anchor=\"end\">")
                    .append(Html.escape(cluster.nodeName(node)))
                    .append("</text>");
        }
        int gpus = cluster.gpuCount(node);
        for (int gpu = 0; gpu < gpus; gpu++) {
            cell(node, gpu);
        }
        double width = (gpus == 0 ? most : columns(node).width()) - gap;
        int y = gpus == 0 ? 0 : cell + 1;
        int height = gpus == 0 ? cell : 3;
        double held = cluster.cpuMilli(node) == 0 ? 0 : 1 - reading.cpuFreeMilli() / (double) cluster.cpuMilli(node);
        rect(reading.state().allocatable() || gpus > 0 ? "t" : "d", 0, y, width, height, null);
        if (held > 0) {
            rect("u", 0, y, Math.min(1, held) * width, height, null);
        }
        out.append("</g>");
    }

    private void cell(int node, int gpu) {
        double x = columns(node).left(gpu);
        out.append("<g class=\"g\">");
        if (!reading.state().allocatable()) {
            frame("d", x);
        } else if (reading.overcommitted()) {
            frame("o", x);
        } else if ((cluster.migGpuMask(node) >>> gpu & 1) != 0) {
            frame("mf", x);
        } else if (reading.gpuFreeMilli(gpu) == 1000) {
            frame("f", x);
        } else if (reading.gpuFreeMilli(gpu) > 0 || holder(node, gpu).kind() == ClaimSpec.Kind.SHARE) {
            frame("sf", x);
        }
        double filled = 0;
        for (Placement placement : byNode.get(node)) {
            if ((placement.gpuMask() >>> gpu & 1) != 0) {
                filled += hold(node, gpu, x, placement, filled);
            }
        }
        out.append("</g>");
    }

    /** Draws what a task holds of a GPU, above what is drawn already; answers its height. */
    private double hold(int node, int gpu, double x, Placement placement, double below) {
        MigGeometry geometry = cluster.migGeometry(node);
        switch (placement.kind()) {
            case WHOLE -> {
                int next = columns(node).next(gpu);
                boolean joined = next >= 0 && (placement.gpuMask() >>> next & 1) != 0;
                rect("w", x, 0, joined ? cell + gap : cell, cell, placement);
                return cell;
            }
            case SHARE -> {
                double height = cell * placement.shareMilli() / 1000.0;
                rect("s", x, cell - below - height, cell, Math.max(0.4, height - 0.4), placement);
                return height;
            }
            case MIG -> {
                if (geometry != null) {
                    double slice = cell / (double) geometry.slices();
                    double width = slice * geometry.sizeSlices(placement.migProfile());
                    rect("m", x + slice * placement.migStart(), 0, width - 0.4, cell, placement);
                }
                return 0;
            }
            case NONE -> {}
        }
        return 0;
    }

    private Placement holder(int node, int gpu) {
        for (Placement placement : byNode.get(node)) {
            if ((placement.gpuMask() >>> gpu & 1) != 0) {
                return placement;
            }
        }
        throw new IllegalStateException("GPU " + gpu + " of " + cluster.nodeName(node) + " is held by no task");
    }

    private void frame(String kind, double x) {
        out.append("<rect class=\"")
                .append(kind)
                .append("\" x=\"")
                .append(Html.number(x + 0.5))
                .append("\" y=\".5\" width=\"")
                .append(cell - 1)
                .append("\" height=\"")
                .append(cell - 1)
                .append("\"/>");
    }

    private void rect(String kind, double x, double y, double width, double height, @Nullable Placement of) {
        out.append("<rect class=\"").append(kind).append('"');
        if (pick && of != null) {
            out.append(" data-j=\"").append(of.job()).append('"');
        }
        if (pickGangs && of != null && of.gang() >= 0) {
            out.append(" data-g=\"")
                    .append(of.job())
                    .append('.')
                    .append(of.gang())
                    .append('"');
        }
        if (x != 0) {
            out.append(" x=\"").append(Html.number(x)).append('"');
        }
        if (y != 0) {
            out.append(" y=\"").append(Html.number(y)).append('"');
        }
        out.append(" width=\"")
                .append(Html.number(width))
                .append("\" height=\"")
                .append(Html.number(height))
                .append("\"/>");
    }

    /** What stands on a node, in words: one line for the node, one for each task with GPUs. */
    private String words(int node) {
        StringBuilder words = new StringBuilder(cluster.nodeName(node));
        int gpus = cluster.gpuCount(node);
        words.append(
                gpus == 0
                        ? ", no GPU"
                        : ", " + gpus + " x " + cluster.gpuModels().get(cluster.gpuModelId(node)));
        for (int tier = 1; tier < cluster.topology().tiers().size() - 1; tier++) {
            int domain = cluster.topology().domainOf(tier, node);
            if (domain >= 0) {
                words.append(", ")
                        .append(cluster.topology().tiers().get(tier))
                        .append(' ')
                        .append(cluster.topology().domainName(tier, domain));
            }
        }
        if (!reading.allocatable()) {
            words.append(", ")
                    .append(
                            reading.overcommitted()
                                    ? "OVERCOMMITTED"
                                    : reading.state().name());
        }
        words.append(", free: ").append(Figures.amount((double) reading.cpuFreeMilli(), "milli-cores"));
        words.append(", ").append(Figures.amount((double) reading.memoryFreeMib(), "MiB"));
        int others = 0;
        for (Placement placement : byNode.get(node)) {
            if (placement.kind() == ClaimSpec.Kind.NONE) {
                others++;
            } else {
                words.append("\n  ")
                        .append(PackText.holds(cluster, placement))
                        .append(": ")
                        .append(packing.workload().jobs().get(placement.job()).name())
                        .append('/')
                        .append(placement.task())
                        .append(placement.gang() < 0 ? "" : ", gang " + placement.gang());
            }
        }
        if (others > 0) {
            words.append("\n  ").append(Figures.plural(others, "task")).append(" without GPU");
        }
        return words.toString();
    }
}
