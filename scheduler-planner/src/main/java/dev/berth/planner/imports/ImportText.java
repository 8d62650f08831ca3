package dev.berth.planner.imports;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The summary of an import for people: at most 80 columns wide, unless names are longer. */
final class ImportText {
    private static final int COLUMNS = 80;
    /** Where the names of sources begin. */
    private static final int NAME_COLUMNS = 15;

    private static final Pattern WORD = Pattern.compile("\\(?'[^']*'\\S*|\\S+");
    /** Most switches of a group that the head of the file names one by one. */
    private static final int LISTED = 8;

    private ImportText() {}

    /**
     * A text broken at blanks. What stands in quotes stays together where it is not long, and a word that is longer than a line is left
     * to the terminal.
     *
     * @param head what stands before it on the first line
     * @param indent of all further lines
     * @param columns most characters of a line
     */
    static String wrapped(String head, String text, int indent, int columns) {
        StringBuilder wrapped = new StringBuilder(head);
        int column = head.length();
        boolean first = true;
        for (String word : words(text, columns * 2 / 3)) {
            if (!first && column + 1 + word.length() > columns && indent + word.length() <= columns) {
                wrapped.append(System.lineSeparator()).append(" ".repeat(indent));
                column = indent;
            } else if (!first) {
                wrapped.append(' ');
                column++;
            }
            wrapped.append(word);
            column += word.length();
            first = false;
        }
        return wrapped.toString();
    }

    /** Words, and as one word each text in quotes that is no longer than {@code longest}. */
    private static List<String> words(String text, int longest) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            if (matcher.group().length() <= longest) {
                words.add(matcher.group());
            } else {
                words.addAll(List.of(matcher.group().split(" ", -1)));
            }
        }
        return words;
    }

    static void print(ImportResult result, @Nullable Path out, PrintWriter to) {
        Cluster cluster = result.cluster();
        to.printf(
                Locale.ROOT,
                "Imported %s: %s with %s%n%n",
                Summary.count(result.sources().size(), "source", "sources"),
                Summary.count(cluster.nodeCount(), "node", "nodes"),
                Summary.count(cluster.gpuCount(), "GPU", "GPUs"));
        for (ImportResult.Source source : result.sources()) {
            to.printf(Locale.ROOT, "%-14s %s%n", source.kind(), source.file());
            String gave = Summary.count(source.nodes(), "node", "nodes") + ", " + source.gave();
            to.println(wrapped(" ".repeat(NAME_COLUMNS), gave, NAME_COLUMNS, COLUMNS));
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

    /** Comments for the head of the cluster file: where it comes from, and which switches each group of them stands for. */
    static String header(ImportResult result) {
        StringBuilder header = new StringBuilder("# Written by berth import from:\n");
        result.sources()
                .forEach(source ->
                        header.append("#   ").append(plain(source.file())).append('\n'));
        List<SwitchTree.Group> groups = result.groups().stream()
                .filter(group -> group.switches().size() > 1)
                .toList();
        if (!groups.isEmpty()) {
            header.append("# Switches that stand for several, because the same nodes hang on all of them:\n");
        }
        for (SwitchTree.Group group : groups) {
            Summary members = new Summary();
            group.switches().forEach(members::add);
            boolean few = group.switches().size() <= LISTED;
            header.append("#   ")
                    .append(group.name())
                    .append(": ")
                    .append(plain(few ? String.join(", ", group.switches()) : members.examples()))
                    .append('\n');
        }
        return header.toString();
    }

    /** Text that cannot end a comment. */
    private static String plain(String text) {
        return text.replaceAll("[^\\x20-\\x7E\\xA1-\\u02FF\\u0370-\\u1FFF]", "?");
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
            String line = String.format(
                    Locale.ROOT,
                    "%-15s %,9d %14s %9s %17s",
                    topology.tiers().get(tier),
                    topology.domainCount(tier),
                    range(figures.fewest(), figures.most()),
                    figures.inNone() == 0 ? "" : String.format(Locale.ROOT, "%,d", figures.inNone()),
                    oversubscription(figures));
            to.println(line.stripTrailing());
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
