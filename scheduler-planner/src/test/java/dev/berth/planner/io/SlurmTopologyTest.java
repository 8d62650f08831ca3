package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.planner.BadInputException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slurm's topology.conf by its manual, and hostlists. */
final class SlurmTopologyTest {
    @Test
    void readsATree() {
        SlurmTopologies read = parse("""
                # two leaves below one spine
                SwitchName=leaf0 Nodes=n[001-003],m1   # four nodes
                switchname=leaf1 NODES=n[004-005] LinkSpeed=400
                SwitchName=spine Switches=leaf[0-1]
                """);
        assertThat(read.topologies().get(0).switches())
                .containsExactly(
                        new SlurmTopology.Switch("leaf0", List.of(), List.of("n001", "n002", "n003", "m1"), 2),
                        new SlurmTopology.Switch("leaf1", List.of(), List.of("n004", "n005"), 3),
                        new SlurmTopology.Switch("spine", List.of("leaf0", "leaf1"), List.of(), 4));
        assertThat(read.notes())
                .extracting(ImportNote::toString)
                .containsExactly("topology.conf: LinkSpeed has no unit in Slurm; not used");
    }

    @Test
    void readsBlocks() {
        SlurmTopologies read = parse("BlockName=b1 \\\n  Nodes=g[1-2]\nBlockName=b2 Nodes=g3\nBlockSizes=2,4\n");
        assertThat(read.topologies().get(0).blocks())
                .containsExactly(
                        new SlurmTopology.Block("b1", List.of("g1", "g2"), 1),
                        new SlurmTopology.Block("b2", List.of("g3"), 3));
        assertThat(read.topologies().get(0).blockSizes()).containsExactly(2, 4);
        assertThat(read.notes()).extracting(ImportNote::line).containsExactly(4);
    }

    @Test
    void readsWhatScontrolShows() {
        SlurmTopologies read = parse("""
                SwitchName=leaf0 Level=0 LinkSpeed=1 Nodes=n[1-2] Switches=(null)
                SwitchName=spine Level=1 LinkSpeed=1 Nodes=n[1-2] Switches=leaf0
                """);
        assertThat(read.topologies().get(0).switches()).hasSize(2);
        assertThat(read.topologies().get(0).switches().get(0).switches()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            Nodes=n1 | :1: the first key of the line is 'Nodes', allowed: SwitchName, BlockName, BlockSizes
            Switch=a Nodes=n1 | :1: a key is 'Switch', allowed: SwitchName, Switches, Nodes,
            SwitchName=a | :1: SwitchName is 'a', allowed: a name with Switches= or Nodes=
            SwitchName=a Nodes= | :1: Nodes is '', allowed: Nodes=VALUE
            SwitchName=a Nodes=n[1-2 | :1: Nodes is 'n[1-2', allowed: names with commas
            SwitchName=a Nodes=n[2-1] | a range that goes up, such as [1-2]
            SwitchName=a Nodes=n1,n1 | each once; 'n1' is there twice
            SwitchName=a Nodes=n[1-9999999] | at most 1048576 names
            SwitchName=a Switches=b | :1: Switches is 'b', allowed: switches that have a line of their own
            SwitchName=a Nodes=n1 Nodes=n2 | the key is 'Nodes', allowed: each key once
            BlockName=a Switches=b | a key is 'Switches', allowed: BlockName, Nodes
            BlockSizes=0 | BlockSizes is '0', allowed: whole numbers from 1
            # nothing | :1: names no switch and no block
            """)
    void complains(String text, String message) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("topology.conf:1: ")
                .hasMessageContaining(message);
    }

    @Test
    void complainsAboutSecondsOfAKind() {
        assertThatThrownBy(() -> parse("SwitchName=a Nodes=n1\nSwitchName=a Nodes=n2"))
                .hasMessage("topology.conf:2: SwitchName is 'a', allowed: each switch once");
        assertThatThrownBy(() -> parse("SwitchName=a Nodes=n1\nBlockName=b Nodes=n2"))
                .hasMessageContaining(":2: ")
                .hasMessageContaining("either switches or blocks");
    }

    @Property(tries = 100)
    void aRangeIsItsNumbersPaddedToTheFirst(
            @ForAll @IntRange(max = 1200) int first,
            @ForAll @IntRange(max = 300) int more,
            @ForAll @IntRange(min = 1, max = 5) int digits) {
        String from = "%0" + digits + "d";
        String list = "n[" + from.formatted(first) + "-" + (first + more) + "]x";
        assertThat(Hostlist.expand(list))
                .isEqualTo(IntStream.rangeClosed(first, first + more)
                        .mapToObj(i -> "n" + from.formatted(i) + "x")
                        .toList());
    }

    @Test
    void bracketsMultiply() {
        assertThat(Hostlist.expand("r[1-2]n[08,10], login"))
                .containsExactly("r1n08", "r1n10", "r2n08", "r2n10", "login");
    }

    @Test
    void aNameIsNoLongerThanAHostNameMayBe() {
        assertThat(Hostlist.expand("n" + "[1]".repeat(254))).containsExactly("n" + "1".repeat(254));
        assertThatThrownBy(() -> Hostlist.expand("n" + "[1]".repeat(255)))
                .hasMessage("names of at most 255 characters");
        assertThatThrownBy(() -> parse("SwitchName=a Nodes=n[1-1048576]" + "[1]".repeat(10_000)))
                .hasMessageStartingWith("topology.conf:1: Nodes is 'n[1-1048576]")
                .hasMessageEndingWith("allowed: names of at most 255 characters");
    }

    @Test
    void aFewLinesCannotStandForMoreNamesThanFitInMemory() {
        StringBuilder text = new StringBuilder();
        for (int line = 1; line <= 5; line++) {
            text.append("SwitchName=s").append(line).append(" Nodes=n[1-1048576]\n");
        }
        assertThatThrownBy(() -> parse(text.toString()))
                .hasMessage("topology.conf:5: Nodes is 'n[1-1048576]', allowed: at most 4194304 names in a file");
    }

    private static SlurmTopologies parse(String text) {
        return SlurmTopologies.parse("topology.conf", text.getBytes(StandardCharsets.UTF_8));
    }
}
