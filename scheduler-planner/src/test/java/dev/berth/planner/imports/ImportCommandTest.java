package dev.berth.planner.imports;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.cluster.Cluster;
import dev.berth.planner.cli.Main;
import dev.berth.planner.io.ClusterFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command from its options to what it prints, on the worked example of docs/import.md. */
final class ImportCommandTest {
    private static final String EXAMPLES = "../examples/import/";

    @TempDir
    private Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void theWorkedExample() throws IOException {
        Path file = folder.resolve("cluster.yaml");
        assertThat(run(
                        "--cluster", EXAMPLES + "machines.yaml",
                        "--ibnetdiscover", EXAMPLES + "ibnetdiscover.txt",
                        "--topograph", EXAMPLES + "topograph.json",
                        "--slurm", EXAMPLES + "topology.conf",
                        "--topo-m", "h100-[01-16]=" + EXAMPLES + "topo-m-h100.txt",
                        "--out", file.toString(),
                        "--format", "json"))
                .isEqualTo(Main.RAN);
        Cluster read = ClusterFile.read(file);
        assertThat(read.topology().tiers())
                .containsExactly("node", "nvlink-domain", "rack", "leaf", "spine", "cluster");
        assertThat(read.spec(read.nodeId("h100-11")).fabricSwitch()).isEqualTo("leaf-2");
        assertThat(read.gpuTopology(read.nodeId("h100-01")).railCount()).isEqualTo(4);
        JsonNode summary = new ObjectMapper().readTree(out.toString());
        assertThat(summary.at("/switches/0/members"))
                .extracting(JsonNode::asText)
                .containsExactly("su1-leaf1", "su1-leaf2", "su1-leaf3", "su1-leaf4");
        assertThat(summary.at("/rails/perNode").asInt()).isEqualTo(4);
        assertThat(err.toString().lines().filter(line -> line.startsWith("berth: note: ")))
                .hasSize(summary.get("notes").size())
                .anyMatch(line -> line.contains("cables swapped?"));
    }

    @Test
    void theFileGoesToStandardOutput() {
        assertThat(run("--cluster", EXAMPLES + "machines.yaml", "--slurm", EXAMPLES + "topology.conf"))
                .isEqualTo(Main.RAN);
        Cluster read = ClusterFile.parse("out", out.toString().getBytes(StandardCharsets.UTF_8));
        assertThat(read.nvlinkDomains()).containsExactly("block001", "block002");
        assertThat(err.toString()).contains("Imported 1 source: 26 nodes with 160 GPUs");
    }

    @Test
    void importingItsOwnResultChangesNothing() throws IOException {
        String[] sources = {"--ibnetdiscover", EXAMPLES + "ibnetdiscover.txt", "--topo-m", EXAMPLES + "topo-m-h100.txt"
        };
        Path once = folder.resolve("once.yaml");
        Path twice = folder.resolve("twice.yaml");
        assertThat(run(with(sources, "--cluster", EXAMPLES + "machines.yaml", "--out", once.toString())))
                .isEqualTo(Main.RAN);
        assertThat(run(with(sources, "--cluster", once.toString(), "--out", twice.toString())))
                .isEqualTo(Main.RAN);
        assertThat(Files.readString(twice)).isEqualTo(Files.readString(once));
    }

    @Test
    void linesOfTheSummaryFitATerminal() {
        assertThat(run(
                        "--cluster", EXAMPLES + "machines.yaml",
                        "--ibnetdiscover", EXAMPLES + "ibnetdiscover.txt",
                        "--topograph", EXAMPLES + "topograph.json",
                        "--out", folder.resolve("o.yaml").toString()))
                .isEqualTo(Main.RAN);
        assertThat(out.toString().lines().filter(line -> !line.startsWith("Wrote ")))
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80))
                .noneMatch(line -> line.endsWith(" "));
    }

    @Test
    void notesAreBrokenAtBlanksButNotInsideQuotes() {
        String note =
                "some/file.txt:7: node 'h100-11' has its adapter 'mlx5_3' on a switch of 'Mellanox Technologies'; swapped?";
        assertThat(ImportText.wrapped("berth: note: ", note, 4, 60).lines())
                .containsExactly(
                        "berth: note: some/file.txt:7: node 'h100-11' has its adapter",
                        "    'mlx5_3' on a switch of 'Mellanox Technologies';",
                        "    swapped?");
        assertThat(ImportText.wrapped("berth: note: ", note, 4, 200)).isEqualTo("berth: note: " + note);
        String path = "/a/very/long/path/that/no/line/can/hold.txt:12:";
        assertThat(ImportText.wrapped("berth: note: ", path + " not used", 4, 40)
                        .lines())
                .containsExactly("berth: note: " + path, "    not used");
        assertThat(ImportText.wrapped("", "a 'b  c d e f g h' i", 2, 12).lines())
                .containsExactly("a 'b  c d e", "  f g h' i");
    }

    @Test
    void notesStandByFileAndCannotMoveTheCursor() throws IOException {
        Path file = folder.resolve("topology.yaml");
        Files.writeString(file, """
                - {topology: "a\\u001b[2J", flat: true}
                - topology: fabric
                  cluster_default: true
                  tree:
                    switches:
                      - {switch: top, children: "leaf[1-2]"}
                      - {switch: leaf1, nodes: "gb200-[01-04]"}
                      - {switch: leaf2, nodes: "gb200-[05-07],gone"}
                - topology: racks
                  block:
                    blocks: [{block: r1, nodes: "gb200-[01-04]"}, {block: r2, nodes: "gb200-[05-07]"}]
                """);
        assertThat(run("--cluster", EXAMPLES + "machines.yaml", "--slurm", file.toString()))
                .isEqualTo(Main.RAN);
        assertThat(err.toString().replace(file.toString(), "FILE").lines().filter(line -> line.contains("note: ")))
                .containsExactly(
                        "berth: note: FILE:1: topology 'a\uFFFD[2J' is of the kind flat, which says nothing about switches; not used",
                        "berth: note: FILE (fabric): not used: hosts that are no nodes of the cluster: gone",
                        "berth: note: ../examples/import/machines.yaml: 19 nodes hang on no switch of any source: h100-01, h100-02,"
                                + " h100-03 and 16 more");
        Cluster read = ClusterFile.parse("out", out.toString().getBytes(StandardCharsets.UTF_8));
        assertThat(read.nvlinkDomains()).containsExactly("r1", "r2");
        assertThat(read.spec(read.nodeId("gb200-06")).fabricSwitch()).isEqualTo("leaf2");
        assertThat(err.toString()).contains("7 nodes, 3 switches (fabric), 2 blocks as NVLink domains (racks)");
    }

    @Test
    void wrongCommandLines() {
        requireUsage("no source given");
        requireUsage("--format json needs --out", "--slurm", "x", "--format", "json");
        requireUsage("--like names a node of --cluster", "--slurm", "x", "--like", "n1");
        requireUsage("allowed: a regular expression", "--slurm", "x", "--hosts", "(");
        requireUsage("names f twice", "--ibnetdiscover", "f", "--ibnetdiscover", "f");
    }

    @Test
    void badFiles() {
        requireBad("none.txt: there is no such file", "--ibnetdiscover", "none.txt");
        requireBad("machines.yaml:3: a key is 'nodes:', allowed: SwitchName", "--slurm", EXAMPLES + "machines.yaml");
        requireBad("no source names a node", "--slurm", EXAMPLES + "topology.conf", "--hosts", "x");
        requireBad(
                "--like is 'n1', allowed: a node of",
                "--cluster",
                EXAMPLES + "machines.yaml",
                "--slurm",
                EXAMPLES + "topology.conf",
                "--like",
                "n1");
        requireBad(
                "--out is '" + folder + "', which is a directory",
                "--slurm",
                EXAMPLES + "topology.conf",
                "--out",
                folder.toString());
    }

    private void requireUsage(String message, String... arguments) {
        assertThat(run(arguments)).isEqualTo(Main.USAGE);
        assertThat(err.toString()).contains(message).hasLineCount(1);
    }

    private void requireBad(String message, String... arguments) {
        assertThat(run(arguments)).isEqualTo(Main.BAD_INPUT);
        assertThat(err.toString()).contains(message).hasLineCount(1);
        assertThat(out.toString()).isEmpty();
    }

    private static String[] with(String[] first, String... more) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(more));
        return all.toArray(new String[0]);
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.run(with(new String[] {"import"}, arguments), new PrintWriter(out), new PrintWriter(err));
    }
}
