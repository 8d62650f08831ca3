package dev.berth.planner.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.NodeSpec;
import dev.berth.placement.Request;
import dev.berth.planner.BadInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenbTest {
    private static final String NODES = "sn,cpu_milli,memory_mib,gpu,model\n";
    private static final String PODS = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos\n";

    @Test
    void readsNodes() {
        assertThat(nodes(NODES + "a,64000,262144,2,P100\r\n\r\nb,32000,1024,0,\n"))
                .containsExactly(
                        NodeSpec.named("a")
                                .gpus("P100", 2, 0)
                                .cpuMilli(64_000)
                                .memoryMib(262_144)
                                .build(),
                        NodeSpec.named("b").cpuMilli(32_000).memoryMib(1_024).build());
    }

    @Test
    void readsPodsWithColumnsInAnyOrder() {
        assertThat(pods(PODS + "a,6000,12,1,460,,LS\nb,1000,8,8,1000,G3|G2,BE\nc,500,4,0,0,,LS\nd,1,1,1,1000,,LS\n"))
                .containsExactly(
                        Request.share(460, 6_000, 12),
                        Request.gpus(8, 1_000, 8).onModels(Set.of("G2", "G3")),
                        Request.cpuOnly(500, 4),
                        Request.gpus(1, 1, 1));
        assertThat(pods("gpu_milli,num_gpu,name,memory_mib,cpu_milli\n250,1,x,2,3\n"))
                .containsExactly(Request.share(250, 3, 2));
    }

    @Test
    void readsGzip(@TempDir Path dir) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write((PODS + "a,6000,12,1,460,,LS\n").getBytes(UTF_8));
        }
        Path file = Files.write(dir.resolve("pods.csv.gz"), bytes.toByteArray());
        assertThat(OpenbPods.read(file)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    a,1,1,17,G2; x:2: gpu is '17', allowed: a whole number from 0 to 16
                    a,-1,1,1,G2; x:2: cpu_milli is '-1', allowed: a whole number from 0 to 2147483647
                    a,1,one,1,G2; x:2: memory_mib is 'one', allowed: a whole number
                    a,1,1,1,; x:2: model is '', allowed: a name for a node with GPUs
                    a,1,1,0,G2; x:2: model is 'G2', allowed: a name for a node with GPUs
                    ,1,1,1,G2; x:2: sn is '', allowed: a name that no other node has
                    a,1,1; x:2: has 3 cells, allowed: 5 as in the header
                    """)
    void saysWhichCellOfANodeIsBad(String line, String message) {
        assertThatThrownBy(() -> nodes(NODES + line + "\n"))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    a,1,1,17,1000,,; x:3: num_gpu is '17', allowed: a whole number from 0 to 16
                    a,1,1,1,1001,,; x:3: gpu_milli is '1001', allowed: a whole number from 1 to 1000
                    a,1,1,1,0,,; x:3: gpu_milli is '0', allowed: a whole number from 1 to 1000
                    a,1,1,2,500,,; x:3: gpu_milli is '500', allowed: a whole number from 1000 to 1000
                    a,1,1,0,500,,; x:3: gpu_milli is '500', allowed: a whole number from 0 to 0
                    a,1,1,1,500,A||B,; x:3: gpu_spec is 'A||B', allowed: names of models
                    a,1,1,0,0,A,; x:3: gpu_spec is 'A', allowed: nothing, because num_gpu is 0
                    a,99999999999,1,1,500,,; x:3: cpu_milli is '99999999999', allowed: a whole number
                    """)
    void saysWhichCellOfAPodIsBad(String line, String message) {
        assertThatThrownBy(() -> pods(PODS + "ok,1,1,1,500,,\n" + line + "\n"))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> nodes("sn,cpu_milli,memory_mib,gpu\na,1,1,1\n"))
                .hasMessage("x:1: column 'model' is missing, there are cpu_milli, gpu, memory_mib, sn");
        assertThatThrownBy(() -> nodes(NODES)).hasMessageContaining("has no rows");
        assertThatThrownBy(() -> nodes("")).hasMessageContaining("has no rows");
        assertThatThrownBy(() -> nodes(NODES + "a,1,1,1,G2\na,1,1,1,G2\n")).hasMessageStartingWith("x:3: sn is 'a'");
        assertThatThrownBy(() -> OpenbNodes.read("x", new byte[] {0x1F, (byte) 0x8B, 8}))
                .hasMessage("x: is not a sound gzip file: it is cut short");
        assertThatThrownBy(() -> OpenbNodes.read(Path.of("")))
                .hasMessage("the name of a file is '', allowed: one that is not blank");
        assertThatThrownBy(() -> OpenbNodes.read(Path.of("no-such-file.csv")))
                .isInstanceOf(BadInputException.class)
                .hasMessage("no-such-file.csv: there is no such file");
    }

    private static List<NodeSpec> nodes(String text) {
        return OpenbNodes.read("x", text.getBytes(UTF_8));
    }

    private static List<Request> pods(String text) {
        return OpenbPods.read("x", text.getBytes(UTF_8)).stream()
                .map(OpenbPods.Pod::request)
                .toList();
    }
}
