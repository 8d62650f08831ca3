package dev.berth.planner.imports;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The summary of an import for people: at most 80 columns wide, unless names are longer. */
final class ImportText {
    private ImportText() {}

    static void print(ImportResult result, @Nullable Path out, PrintWriter to) {
        Cluster cluster = result.cluster();
        to.printf(
                Locale.ROOT,
                "Imported %s: %s with %s%n%n",
                Summary.count(result.sources().size(), "source", "sources"),
                Summary.count(cluster.nodeCount(), "node", "nodes"),
                Summary.count(cluster.gpuCount(), "GPU", "GPUs"));
        int width = result.sources().stream()
                .mapToInt(source -> source.file().length())
                .max()
                .orElse(0);
        to.printf(Locale.ROOT, "%-15s%-" + Math.max(4, width) + "s  %7s%n", "Source", "", "nodes");
        for (ImportResult.Source source : result.sources()) {
            to.printf(
                    Locale.ROOT,
                    "%-15s%-" + Math.max(4, width) + "s  %,7d  %s%n",
                    source.kind(),
                    source.file(),
                    source.nodes(),
                    source.gave());
        }
        to.println();
        tiers(cluster, to);
        Rails rails = result.rails();
        if (rails != null && rails.rails() > 1) {
            to.printf(
                    Locale.ROOT,
                    "Rails: up to %d a node; %,d of %,d switches with nodes carry one rail each%n",
                    rails.rails(),
                    rails.onOneRail(),
                    rails.switches());
        }
        links(cluster, to);
        String notes = Summary.count(result.notes().size(), "note", "notes");
        to.println(out == null ? notes : "Wrote " + out + "; " + notes);
    }

    private static void tiers(Cluster cluster, PrintWriter to) {
        Topology topology = cluster.topology();
        to.printf(
                Locale.ROOT,
                "%-15s %9s %14s %9s %17s%n",
                "Tier",
                "domains",
                "nodes in each",
                "in none",
                "oversubscription");
        for (int tier = 1; tier < topology.tiers().size() - 1; tier++) {
            TierFigures figures = TierFigures.of(topology, tier, cluster.nodeCount());
            to.printf(
                    Locale.ROOT,
                    "%-15s %,9d %14s %9s %17s%n",
                    topology.tiers().get(tier),
                    topology.domainCount(tier),
                    range(figures.fewest(), figures.most()),
                    figures.inNone() == 0 ? "" : String.format(Locale.ROOT, "%,d", figures.inNone()),
                    oversubscription(figures));
        }
        if (topology.tiers().size() == 2) {
            to.println("none: the sources put no two nodes together");
        }
        to.println();
    }

    private static String range(int from, int to) {
        return from == to
                ? String.format(Locale.ROOT, "%,d", from)
                : String.format(Locale.ROOT, "%,d to %,d", from, to);
    }

    private static String oversubscription(TierFigures figures) {
        if (figures.leastOversubscription() == 0) {
            return "";
        }
        String least = String.format(Locale.ROOT, "%.2f", figures.leastOversubscription());
        String most = String.format(Locale.ROOT, "%.2f", figures.mostOversubscription());
        return least.equals(most) ? least : least + " to " + most;
    }

    private static void links(Cluster cluster, PrintWriter to) {
        int withGpus = 0;
        int described = 0;
        List<String> shapes = new ArrayList<>();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            withGpus += cluster.gpuCount(node) > 0 ? 1 : 0;
            if (cluster.spec(node).gpuTopology() != null) {
                described++;
                String shape = cluster.gpuTopology(node).shape();
                if (!shapes.contains(shape)) {
                    shapes.add(shape);
                }
            }
        }
        if (withGpus > 0) {
            to.printf(
                    Locale.ROOT,
                    "Links between GPUs: of %,d of %,d nodes with GPUs%s%n",
                    described,
                    withGpus,
                    described == 0 ? "" : " (" + String.join(", ", shapes) + ")");
        }
    }
}
