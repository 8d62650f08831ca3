package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.planner.BadInputException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slurm's topology.yaml by its manual. */
final class TopologyYamlTest {
    @Test
    void readsSeveralTopologiesTheDefaultFirst() {
        SlurmTopologies read = parse("""
                # two leaves, and the same nodes as blocks
                ---
                - topology: racks
                  cluster_default: false
                  block:
                    block_sizes: [2, 4]
                    blocks:
                      - block: b1
                        nodes: n[1-2]
                      - {block: b2, nodes: "n[3-4]"}
                - topology: fabric
                  cluster_default: true
                  tree:
                    switches:
                      - switch: top
                        children: leaf[1-2]
                      - switch: leaf1
                        nodes: n[1-2]
                      - switch: leaf2
                        nodes: [n3, "n[4-5]"]
                """);
        assertThat(read.topologies())
                .containsExactly(
                        new SlurmTopology(
                                "fabric",
                                List.of(
                                        new SlurmTopology.Switch("top", List.of("leaf1", "leaf2"), List.of(), 15),
                                        new SlurmTopology.Switch("leaf1", List.of(), List.of("n1", "n2"), 17),
                                        new SlurmTopology.Switch("leaf2", List.of(), List.of("n3", "n4", "n5"), 19)),
                                List.of(),
                                List.of()),
                        new SlurmTopology(
                                "racks",
                                List.of(),
                                List.of(
                                        new SlurmTopology.Block("b1", List.of("n1", "n2"), 8),
                                        new SlurmTopology.Block("b2", List.of("n3", "n4"), 10)),
                                List.of(2, 4)));
        assertThat(read.notes())
                .extracting(ImportNote::toString)
                .containsExactly(
                        "topology.yaml:6: block_sizes are sizes for which Slurm plans, not topology; not used");
    }

    @Test
    void theFirstOfTwoDefaultsIsTheDefault() {
        SlurmTopologies read = parse("""
                - {topology: a, tree: {switches: [{switch: s, nodes: n1}]}}
                - {topology: b, cluster_default: yes, tree: {switches: [{switch: s, nodes: n1}]}}
                - {topology: c, cluster_default: true, tree: {switches: [{switch: s, nodes: n1}]}}
                """);
        assertThat(read.topologies()).extracting(SlurmTopology::name).containsExactly("b", "a", "c");
    }

    @Test
    void kindsThatAreNoTreeAreNoted() {
        SlurmTopologies read = parse("""
                - {topology: a, flat: true}
                - {topology: b, flat: {alpha_step_rank: true}}
                - {topology: c, ring: {rings: [{ring: r0, nodes: "n[1-8]"}]}}
                - {topology: d, torus3d: {toruses: []}}
                - {topology: e, dragonfly: {}}
                - {topology: f, tree: {switches: []}, flat: false, colour: red}
                """);
        assertThat(read.topologies()).extracting(SlurmTopology::name).containsExactly("f");
        assertThat(read.notes())
                .extracting(ImportNote::toString)
                .containsExactly(
                        "topology.yaml:1: topology 'a' is of the kind flat, which says nothing about switches; not used",
                        "topology.yaml:2: topology 'b' is of the kind flat, which says nothing about switches; not used",
                        "topology.yaml:3: topology 'c' is of the kind ring, which is no tree of switches; not used",
                        "topology.yaml:4: topology 'd' is of the kind torus3d, which is no tree of switches; not used",
                        "topology.yaml:5: topology 'e' is of none of the kinds block, flat, ring, torus3d or tree; not used",
                        "topology.yaml:6: topology 'f' has no switches",
                        "topology.yaml: unknown keys are not used: colour, dragonfly");
    }

    @Test
    void namesMayLookLikeNumbersAndNodesMayJoinLater() {
        SlurmTopology read = parse("- {topology: 1, block: {blocks: [{block: 007}, {block: b, nodes: }]}}")
                .topologies()
                .get(0);
        assertThat(read.name()).isEqualTo("1");
        assertThat(read.blocks()).extracting(SlurmTopology.Block::name).containsExactly("007", "b");
        assertThat(read.blocks()).allSatisfy(block -> assertThat(block.nodes()).isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '@', textBlock = """
            [] | 1:1: the file names no topology, allowed: a list of at least one
            {topology: a} | 1:1: the file is a mapping, allowed: a list
            - 1 | 1:3: [0] is 1, allowed: a mapping of keys to values
            - {flat: true} | 1:3: [0] has no topology, which must be there
            - {topology: , flat: true} | 1:13: [0].topology is empty, allowed: text that is not blank
            - {topology: a} | 1:3: [0] has none of the kinds, allowed: one of block, flat, ring, torus3d or tree
            - {topology: a, flat: false} | [0] has none of the kinds
            - {topology: a, flat: 2} | [0].flat is 2, allowed: true, false
            - {topology: a, flat: true, tree: {}} | 1:3: [0] has flat and tree of the kinds, allowed: one of
            - {topology: a, cluster_default: 1, flat: true} | [0].cluster_default is 1, allowed: true, false
            - {topology: a, tree: {}} | 1:23: [0].tree has no switches
            - {topology: a, tree: {switches: [{nodes: n1}]}} | [0].tree.switches[0] has no switch
            - {topology: a, tree: {switches: [{switch: "{"}]}} | .switch is '{', allowed: a name without braces
            - {topology: a, tree: {switches: [{switch: s, children: t}]}} | names the switch 't', allowed: switches that have
            - {topology: a, tree: {switches: [{switch: s}, {switch: s}]}} | 1:48: [0].tree.switches[1] has the switch 's' again
            - {topology: a, tree: {switches: [{switch: s, nodes: n-[]}]}} | not valid YAML
            - {topology: a, tree: {switches: [{switch: s, nodes: "n[2-1]"}]}} | .nodes is 'n[2-1]', allowed: a range that goes up
            - {topology: a, tree: {switches: [{switch: s, nodes: [n1, n1]}]}} | .nodes[1] is 'n1', allowed: each name once
            - {topology: a, block: {blocks: [{block: b}, {block: b}]}} | [0].block.blocks[1] has the block 'b' again
            - {topology: a, block: {blocks: [], block_sizes: [0]}} | .block_sizes[0] is 0, allowed: a whole number from 1
            """)
    void complains(String text, String message) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("topology.yaml:1:")
                .hasMessageContaining(message);
    }

    @Test
    void aTopologyIsThereOnce() {
        assertThatThrownBy(() -> parse("- {topology: a, flat: true}\n- {topology: a, flat: true}"))
                .hasMessage("topology.yaml:2:14: [1].topology is 'a', allowed: each topology once");
    }

    @Test
    void whatIsNoYamlIsNamedByItsLine() {
        assertThatThrownBy(() -> parse("- a\n- " + "[".repeat(100)))
                .hasMessageStartingWith("topology.yaml:2:")
                .hasMessageContaining("not valid YAML: Nesting Depth exceeded");
        assertThatThrownBy(() -> parse("- a\n- b\u0007"))
                .hasMessage("topology.yaml:2:4: not valid YAML: it has the character U+0007, which YAML forbids");
        assertThatThrownBy(() -> parse("- &a [b]\n" + "- *a\n".repeat(1001)))
                .hasMessageMatching("topology.yaml:100[23]:[0-9]+: not valid YAML: Number of aliases.*");
    }

    @Test
    void aFewLinesCannotStandForMoreNamesThanFitInMemory() {
        String blocks = "b1 b2 b3 b4 b5".replaceAll("(b.) ?", "{block: $1, nodes: \"$1n[1-1048576]\"}, ");
        assertThatThrownBy(() -> parse("- {topology: a, block: {blocks: [" + blocks + "]}}"))
                .hasMessageContaining("topology.yaml:1:")
                .hasMessageContaining("[0].block.blocks[4].nodes")
                .hasMessageContaining("allowed: at most 4194304 names in a file");
    }

    private static SlurmTopologies parse(String text) {
        return SlurmTopologies.parse("topology.yaml", text.getBytes(StandardCharsets.UTF_8));
    }
}
