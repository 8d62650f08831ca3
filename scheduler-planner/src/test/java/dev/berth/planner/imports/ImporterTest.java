package dev.berth.planner.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.NodeSpec;
import dev.berth.planner.BadInputException;
import dev.berth.planner.io.ImportNote;
import dev.berth.planner.io.InfinibandFabric;
import dev.berth.planner.io.SlurmTopologies;
import dev.berth.planner.io.TopographGraph;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What sources say together, and what is said of what they contradict, miss or do not know. */
final class ImporterTest {
    private static final Pattern ANY = Pattern.compile(".*");
    private static final String TWO_GPUS = "\tGPU0\tGPU1\tCPU Affinity\nGPU0\t X \tNV4\t0-1\nGPU1\tNV4\t X \t0-1\n";
    private static final String TWO_GPUS_APART = TWO_GPUS.replace("NV4", "SYS");

    @Test
    void theBaseKeepsWhatNobodySaysOtherwise() {
        Cluster base = base("n1", "n2", "n3", "n4");
        Importer importer = importer(base);
        importer.slurm("t.conf", slurm("SwitchName=a Nodes=n[1-2]\nSwitchName=top Switches=a"), Blocks.Kind.AUTO);
        Cluster read = importer.build().cluster();
        assertThat(switchesOf(read)).containsExactly("a", "a", "old-2", "old-2");
        assertThat(read.switches())
                .containsExactly(
                        new FabricSwitch("a", "leaf", "top", 0),
                        new FabricSwitch("top", "spine", null, 0),
                        new FabricSwitch("old-2", "leaf", "old-top", 2),
                        new FabricSwitch("old-top", "spine", null, 0));
        assertThat(read.spec(0).toBuilder("n1").fabricSwitch("old-1").build()).isEqualTo(base.spec(0));
    }

    @Test
    void importingAgainChangesNothing() {
        String text = "SwitchName=a Nodes=n[1-2]\nSwitchName=b Nodes=n3\nSwitchName=top Switches=a,b";
        Importer first = importer(base("n1", "n2", "n3", "n4"));
        first.slurm("t.conf", slurm(text), Blocks.Kind.AUTO);
        Cluster once = first.build().cluster();
        Importer second = importer(once);
        second.slurm("t.conf", slurm(text), Blocks.Kind.AUTO);
        ImportResult twice = second.build();
        assertThat(switchesOf(twice.cluster())).isEqualTo(switchesOf(once));
        assertThat(twice.cluster().switches()).isEqualTo(once.switches());
        assertThat(twice.notes()).isEmpty();
    }

    @Test
    void contradictionsOfTwoTreesAreNoted() {
        Importer importer = importer(base("n1", "n2", "n3", "n4"));
        importer.topograph("graph.json", graph("""
                        {"instances": [
                          {"id": "n1", "network_layers": ["x"]}, {"id": "n2", "network_layers": ["x"]},
                          {"id": "n3", "network_layers": ["y"]}, {"id": "stray", "network_layers": ["y"]}]}
                        """));
        importer.slurm("t.conf", slurm("SwitchName=a Nodes=n1\nSwitchName=b Nodes=n[2-4],n9"), Blocks.Kind.AUTO);
        ImportResult result = importer.build();
        assertThat(switchesOf(result.cluster())).containsExactly("x", "x", "y", "old-2");
        assertThat(notes(result))
                .contains(
                        "graph.json: not used: instances that no node's name or label and no label kubernetes.io/hostname"
                                + " matches: stray",
                        "t.conf: not used: hosts that are no nodes of the cluster: n9",
                        "t.conf: switch 'b' has nodes of 2 in graph.json: n2 (x), n3 (y)",
                        "t.conf: keeps apart what graph.json puts together: switch 'x' has nodes of 2 in t.conf: n1 (a), n2"
                                + " (b)",
                        "t.conf: its switches were only compared, because graph.json says where the nodes hang; left"
                                + " without a switch: n4");
    }

    @Test
    void treesOfDifferentNodesStandBesideEachOther() {
        Importer importer = importer(base("n1", "n2", "n3", "n4"));
        importer.slurm("one.conf", slurm("SwitchName=a Nodes=n[1-2]"), Blocks.Kind.AUTO);
        importer.slurm("two.conf", slurm("SwitchName=a Nodes=n[3-4]"), Blocks.Kind.AUTO);
        ImportResult result = importer.build();
        assertThat(switchesOf(result.cluster())).containsExactly("a", "a", "a-2", "a-2");
        assertThat(notes(result)).noneMatch(note -> note.contains("compared"));
    }

    @Test
    void whatTheBaseSaidOtherwiseIsNoted() {
        Importer importer = importer(base("n1", "n2", "n3", "n4"));
        importer.slurm("t.conf", slurm("SwitchName=a Nodes=n[1-4]"), Blocks.Kind.AUTO);
        assertThat(notes(importer.build()))
                .containsExactly("base.yaml: keeps apart what the sources puts together: switch 'a' has nodes of 2 in"
                        + " base.yaml: n1 (old-1), n3 (old-2)");
    }

    @Test
    void blocksAreNvlinkDomainsOnlyWhereTheModelSaysSo() {
        Cluster.Builder builder = Cluster.builder();
        for (int i = 1; i <= 2; i++) {
            builder.add(NodeSpec.named("g" + i).gpus("GB200", 4, 0).build());
            builder.add(NodeSpec.named("h" + i).gpus("H100-SXM5-80GB", 8, 0).build());
        }
        Importer nvlink = importer(builder.build());
        nvlink.slurm("t.conf", slurm("BlockName=b Nodes=g[1-2]"), Blocks.Kind.AUTO);
        Cluster read = nvlink.build().cluster();
        assertThat(read.spec(0).nvlinkDomain()).isEqualTo("b");
        assertThat(read.switches()).isEmpty();

        Importer switches = importer(builder.build());
        switches.slurm("t.conf", slurm("BlockName=b Nodes=h[1-2]"), Blocks.Kind.AUTO);
        ImportResult result = switches.build();
        assertThat(result.cluster().switches()).containsExactly(new FabricSwitch("b", "block", null, 0));
        assertThat(result.cluster().nvlinkDomains()).isEmpty();
        assertThat(notes(result))
                .anyMatch(note ->
                        note.startsWith("t.conf: its blocks are taken for switches, because NVLink is not known to"
                                + " join h1 (H100-SXM5-80GB)"));

        Importer forced = importer(builder.build());
        forced.slurm("t.conf", slurm("BlockName=b Nodes=h[1-2]"), Blocks.Kind.NVLINK);
        assertThat(forced.build().cluster().nvlinkDomains()).containsExactly("b");
    }

    @Test
    void instancesAreFoundByLabels() {
        Cluster base = Cluster.builder()
                .add(NodeSpec.named("n1").label("id", "i-1").gpus("GB200", 4, 0).build())
                .add(NodeSpec.named("n2.example.net").gpus("GB200", 4, 0).build())
                .build();
        Importer importer = importer(base);
        importer.topograph("graph.json", graph("""
                        {"instances": [
                          {"id": "i-1", "labels": {"nvidia.com/gpu.clique": "5c1b.0"}},
                          {"id": "i-2", "labels": {"kubernetes.io/hostname": "n2", "nvidia.com/gpu.clique": "5c1b.1"}}]}
                        """));
        Cluster read = importer.build().cluster();
        assertThat(read.nvlinkDomains()).containsExactly("5c1b");
        assertThat(read.spec(1).nvlinkDomain()).isEqualTo("5c1b");
    }

    @Test
    void withoutABaseTheSourcesNameTheNodes() {
        Importer importer = new Importer(null, "", null, Pattern.compile("n.*"));
        importer.slurm("t.conf", slurm("SwitchName=a Nodes=n10,n9,login"), Blocks.Kind.AUTO);
        importer.links("topo.txt", TWO_GPUS.getBytes(StandardCharsets.UTF_8), null);
        ImportResult result = importer.build();
        assertThat(result.cluster().nodeName(0)).isEqualTo("n9");
        assertThat(result.cluster().nodeCount()).isEqualTo(2);
        assertThat(result.cluster().gpuCount(1)).isEqualTo(2);
        assertThat(notes(result))
                .contains("the sources: CPU and memory of 2 nodes are unknown and written as 0, so that few jobs fit;"
                        + " --cluster names the machines: n9, n10");
    }

    @Test
    void hostsThatTheBaseHasNotAreLikeAnotherNode() {
        Cluster base = base("n1", "n2", "n3");
        Importer importer = new Importer(base, "base.yaml", base.spec(2), ANY);
        importer.slurm("t.conf", slurm("SwitchName=a Nodes=n[1-4]"), Blocks.Kind.AUTO);
        NodeSpec added = importer.build().cluster().spec(3);
        assertThat(added)
                .isEqualTo(base.spec(2).toBuilder("n4")
                        .fabricSwitch("a")
                        .rack(null)
                        .build());
    }

    @Test
    void linksAreForTheNodesThatAreNamed() {
        Importer importer = importer(base("n1", "n2", "n3"));
        importer.links("one.txt", TWO_GPUS.getBytes(StandardCharsets.UTF_8), "n[1-2]");
        importer.links("rest.txt", TWO_GPUS_APART.getBytes(StandardCharsets.UTF_8), null);
        Cluster read = importer.build().cluster();
        assertThat(read.gpuTopology(1).islandCount()).isEqualTo(1);
        assertThat(read.gpuTopology(2).islandCount()).isEqualTo(2);
    }

    @Test
    void linksForNodesThatDoNotFitAreRefused() {
        byte[] pair = TWO_GPUS.getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> importer(base("n1")).links("t.txt", pair, "n7"))
                .isInstanceOf(BadInputException.class)
                .hasMessage("t.txt: is for node 'n7', allowed: names of nodes of the cluster");
        assertThatThrownBy(() -> importer(base("n1")).links("t.txt", pair, "n["))
                .hasMessageStartingWith("t.txt: is for 'n[', allowed: names with commas");
        Importer twice = importer(base("n1"));
        twice.links("a.txt", pair, "n1");
        assertThatThrownBy(() -> twice.links("b.txt", TWO_GPUS_APART.getBytes(StandardCharsets.UTF_8), "n1"))
                .hasMessage("b.txt: says of node 'n1' what a.txt says otherwise, allowed: one topology for each node");
        Cluster four = Cluster.builder()
                .add(NodeSpec.named("n1").gpus("ACCELERATOR", 4, 0).build())
                .build();
        assertThatThrownBy(() -> importer(four).links("t.txt", pair, null))
                .hasMessage(
                        "t.txt: describes a node with 2 GPUs, allowed: a number of GPUs that a node has, or NODES=FILE");
        Importer other = importer(four);
        other.links("t.txt", pair, "n1");
        assertThat(notes(other.build()))
                .contains("t.txt: not used for 1 node with another number of GPUs: n1 has 4, not 2");
    }

    @Test
    void namesOfHostsAreReadWithAndWithoutDomain() {
        String text = """
                Switch 4 "S-0a" # "leaf"
                [1] "H-01"[1](1) # "n1 mlx5_0" lid 3 4xNDR
                [2] "H-02"[1](2) # "n2.example.net HCA-1" lid 3 4xNDR
                [3] "H-03"[1](3) # "MT4129 ConnectX7   Mellanox Technologies" lid 3 4xNDR
                [4] "H-04"[1](4) # "ufm mlx5_0" lid 3 4xNDR
                """;
        Importer importer = importer(base("n1.example.net", "n2", "n3"));
        importer.ibnetdiscover(
                Map.of("ib.txt", InfinibandFabric.parse("ib.txt", text.getBytes(StandardCharsets.UTF_8))));
        ImportResult result = importer.build();
        assertThat(switchesOf(result.cluster())).containsExactly("leaf", "leaf", "old-2");
        assertThat(notes(result))
                .contains(
                        "ib.txt: not used: adapters whose description names no host: 'MT4129 ConnectX7   Mellanox"
                                + " Technologies'",
                        "ib.txt: not used: hosts that are no nodes of the cluster: ufm");
    }

    @Test
    void moreTiersThanAnyFabricHasAreRefused() {
        StringBuilder text = new StringBuilder("SwitchName=s1 Nodes=n1\n");
        for (int tier = 2; tier <= 16; tier++) {
            text.append("SwitchName=s" + tier + " Switches=s" + (tier - 1) + "\n");
        }
        Importer deep = importer(base("n1"));
        deep.slurm("t.conf", slurm(text.toString()), Blocks.Kind.AUTO);
        assertThat(deep.build().cluster().topology().tiers()).contains("leaf", "tier-16");
        text.append("SwitchName=s17 Switches=s16\n");
        assertThatThrownBy(() -> importer(base("n1")).slurm("t.conf", slurm(text.toString()), Blocks.Kind.AUTO))
                .isInstanceOf(BadInputException.class)
                .hasMessage("t.conf:17: switch 's17' has 16 tiers of switches below it, allowed: 16 tiers altogether");
    }

    @Test
    void treeAndBlocksOfOneFileGiveSwitchesAndDomains() {
        Importer importer = importer(null);
        importer.slurm("t.yaml", slurm("""
                - {topology: other, tree: {switches: [{switch: x, nodes: "n[1-4]"}]}}
                - {topology: racks, block: {blocks: [{block: b1, nodes: "n[1-2]"}, {block: b2, nodes: "n[3-4]"}]}}
                - topology: fabric
                  cluster_default: true
                  tree: {switches: [{switch: a, nodes: "n[1-2]"}, {switch: b, nodes: "n[3-4]"}]}
                """), Blocks.Kind.NVLINK);
        ImportResult result = importer.build();
        assertThat(result.groups()).extracting(SwitchTree.Group::name).containsExactly("a", "b");
        assertThat(result.sources())
                .containsExactly(new ImportResult.Source(
                        "slurm",
                        "t.yaml",
                        4,
                        "2 switches (fabric), 1 switch (other), 2 blocks as NVLink domains (racks)"));
        assertThat(result.notes())
                .extracting(ImportNote::toString)
                .contains(
                        "t.yaml (other): switch 'x' has nodes of 2 in t.yaml (fabric): n1 (a), n3 (b)",
                        "t.yaml (other): its switches were only compared, because t.yaml (fabric) says where the nodes hang");
    }

    @Test
    void aCircleOfSwitchesIsRefused() {
        assertThatThrownBy(() -> importer(base("n1"))
                        .slurm("t.conf", slurm("SwitchName=a Switches=b\nSwitchName=b Switches=a"), Blocks.Kind.AUTO))
                .isInstanceOf(BadInputException.class)
                .hasMessage("t.conf:1: switch 'a' stands above itself, allowed: a tree");
    }

    /** Nodes with two GPUs in a rack, the first two on one leaf and the others on another. */
    private static Cluster base(String... names) {
        Cluster.Builder builder = Cluster.builder()
                .add(new FabricSwitch("old-1", "leaf", "old-top", 2))
                .add(new FabricSwitch("old-2", "leaf", "old-top", 2))
                .add(new FabricSwitch("old-top", "spine", null, 0));
        for (int i = 0; i < names.length; i++) {
            builder.add(NodeSpec.named(names[i])
                    .gpus("ACCELERATOR", 2, 46068)
                    .cpuMilli(1000)
                    .rack("r")
                    .fabricSwitch(i < 2 ? "old-1" : "old-2")
                    .build());
        }
        return builder.build();
    }

    private static Importer importer(Cluster base) {
        return new Importer(base, "base.yaml", null, ANY);
    }

    private static List<@Nullable String> switchesOf(Cluster cluster) {
        return java.util.stream.IntStream.range(0, cluster.nodeCount())
                .mapToObj(node -> cluster.spec(node).fabricSwitch())
                .toList();
    }

    private static List<String> notes(ImportResult result) {
        return result.notes().stream().map(ImportNote::toString).toList();
    }

    private static SlurmTopologies slurm(String text) {
        return SlurmTopologies.parse("t.conf", text.getBytes(StandardCharsets.UTF_8));
    }

    private static TopographGraph graph(String text) {
        return TopographGraph.parse("graph.json", text.getBytes(StandardCharsets.UTF_8));
    }
}
