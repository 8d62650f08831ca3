package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.planner.BadInputException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Single lines of ibnetdiscover, as its source prints them. */
final class InfinibandFabricTest {
    @Test
    void readsWhatGroupingAndFullInformationAdd() {
        InfinibandFabric read = parse("""
                Chassis 1 (guid 0x66a000300)

                # Spine Nodes
                vendid=0x66a
                switchguid=0x66a02(66a02)	# ISR9288 Spine 1 Chip 1
                Switch	24 "S-0000000000066a02"		# "spine" base port 0 lid 2 lmc 0
                [1][ext 4]	"S-0000000000066a01"[2][ext 12]		# "line \\"one\\"" lid 3 12xQDR s=4 w=8 v=3

                Non-Chassis Nodes
                Rt	2 "R-00000000000000ff"		# "router"
                [1](ff) 	"S-0000000000066a02"[5]		# lid 9 lmc 0 "spine" lid 2 4x???
                """);
        assertThat(read.devices())
                .extracting(InfinibandFabric.Device::description)
                .containsExactly("spine", "line \\\"one\\\"", "router");
        assertThat(read.links())
                .extracting(InfinibandFabric.Link::gigabitsPerSecond)
                .containsExactly(120.0, 0.0);
        assertThat(read.notes())
                .extracting(ImportNote::toString)
                .containsExactly("fabric.txt: some links have no rate that is known here");
    }

    @Test
    void notesContradictionsAndStrangeLines() {
        InfinibandFabric read = parse("""
                ibwarn: [4711] mad_rpc: timed out
                Switch	3 "S-000000000000000a"		# "a"
                [1]	"S-000000000000000b"[1]		# "b" lid 2 4xEDR
                [2]	"S-000000000000000b"[1]		# "b" lid 2 4xEDR
                [3]	"S-000000000000000a"[3]		# "a" lid 1 4xEDR
                """);
        assertThat(read.links()).hasSize(1);
        assertThat(read.notes())
                .extracting(ImportNote::toString)
                .containsExactly(
                        "fabric.txt:1: 'ibwarn: [4711] mad_rpc: timed out' is no line of ibnetdiscover; skipped",
                        "fabric.txt:4: port 2 of 'a' to port 1 of 'b' contradicts line 3; not used",
                        "fabric.txt:5: a cable from 'a' to itself; not used");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            Switch 2 "H-0a" # "a" | the id is 'H-0a', allowed: one that goes with Switch
            Switch 2 "S-xyz" # "a" | the line is 'Switch 2 "S-xyz" # "a"', allowed: a device such as
            [1] "S-0a"[1] # "a" | allowed: a port after the line of its device
            [1] what | allowed: a port such as
            # only comments | names no switch and no channel adapter
            """)
    void complains(String text, String message) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("fabric.txt:1: ")
                .hasMessageContaining(message);
    }

    @Test
    void complainsAboutPortsAndKinds() {
        String header = "Switch 2 \"S-0a\" # \"a\"\n";
        assertThatThrownBy(() -> parse(header + "[3] \"S-0b\"[1] # \"b\""))
                .hasMessage("fabric.txt:2: the port is '3', allowed: 1 to 2, the ports that its device has");
        assertThatThrownBy(() -> parse(header + "[1] \"S-0b\"[0] # \"b\""))
                .hasMessage("fabric.txt:2: the port is '0', allowed: 1 to 254");
        assertThatThrownBy(() -> parse(header + "[1] \"H-0a\"[1](a) # \"b\""))
                .hasMessageContaining(
                        "the GUID is '000000000000000a', allowed: one that no device of another kind has");
    }

    @Test
    void aSwitchIsInOneSubnet() {
        Map<String, InfinibandFabric> subnets = new LinkedHashMap<>();
        subnets.put("one.txt", parse("Switch 2 \"S-0a\" # \"a\""));
        subnets.put("two.txt", parse("Switch 2 \"S-0b\" # \"b\"\n[1] \"S-0a\"[1] # \"a\""));
        assertThatThrownBy(() -> InfinibandFabric.joined(subnets))
                .hasMessage(
                        "two.txt:2: the switch is '000000000000000a', allowed: one that one.txt has not, for each file is"
                                + " one subnet");
    }

    private static InfinibandFabric parse(String text) {
        return InfinibandFabric.parse("fabric.txt", text.getBytes(StandardCharsets.UTF_8));
    }
}
