package dev.berth.planner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code berth pack} from its arguments to what it prints and its exit code. */
final class PackCommandTest {
    private static final String NODES =
            "nodes: [{name: 'h{0..1}', gpu: {model: H100-SXM5-80GB, count: 8, memoryMib: 81559}, cpuMilli: 64000,"
                    + " memoryMib: 65536}]";
    private static final String JOBS =
            "jobs: [{name: big, count: 3, gpus: 8, cpuMilli: 32000, memoryMib: 1024}, {name: small, gpus: 1,"
                    + " cpuMilli: 1000, memoryMib: 1024}]";

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void theExampleIsPackedWithoutArguments() {
        assertThat(run("pack")).isEqualTo(Main.RAN);
        assertThat(out.toString())
                .contains("GPUs", "Tasks by what they ask", "Would still fit", "Fragmentation", "Refused")
                .doesNotContain("\u001B");
        assertThat(out.toString().lines().count()).isLessThan(75);
    }

    @Test
    void jsonIsOneDocumentAloneOnStandardOutput() throws IOException {
        assertThat(run("pack", "--format", "json")).isEqualTo(Main.RAN);
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.get("policy").asText()).isEqualTo("berth");
        assertThat(json.has("placements")).isFalse();
    }

    @Test
    void filesOfOursArePacked() throws IOException {
        assertThat(run("pack", "--cluster", file("c.yaml", NODES), "--jobs", file("j.yaml", JOBS), "--all"))
                .isEqualTo(Main.RAN);
        assertThat(out.toString())
                .contains("Packed 2 of 4 tasks on 2 nodes with 16 GPUs", "big/1", "GPU 0,1,2,3,4,5,6,7")
                .contains("small: gpus, asked 1 GPU, best node 0 GPUs", "2 refused");
    }

    @Test
    void gangsThatPowerKeepsOutSayWhichRacks() throws IOException {
        String cluster = file("c.yaml", """
                racks: [{name: r1, powerCapW: 40000}]
                nodes: [{name: 'h{0..3}', gpu: {model: H100-SXM5-80GB, count: 8, memoryMib: 81559}, cpuMilli: 64000,
                  memoryMib: 65536, rack: r1, power: {nameplateW: 10200}}]
                """);
        String jobs = file("j.yaml", "jobs: [{name: all, tasks: 4, gpus: 8, cpuMilli: 1, memoryMib: 1}]");
        assertThat(run("pack", "--cluster", cluster, "--jobs", jobs)).isEqualTo(Main.RAN);
        assertThat(out.toString().replaceAll("\\s+", " "))
                .contains("3 fit; power of rack r1: cap 40,000 W nameplate, drawn 0 W, with the gang 40,800 W;")
                .contains("would fit with powerCapW 40800 W for 40000 W in rack r1");
        out.getBuffer().setLength(0);
        assertThat(run("pack", "--cluster", cluster, "--jobs", jobs, "--format", "json"))
                .isEqualTo(Main.RAN);
        JsonNode refusal =
                new ObjectMapper().readTree(out.toString()).get("gangRefusals").get(0);
        assertThat(refusal.get("power").toString())
                .isEqualTo("[{\"rack\":\"r1\",\"capW\":40000,\"basis\":\"nameplate\",\"drawnW\":0,\"neededW\":40800}]");
        assertThat(refusal.get("relaxation").get("field").asText()).isEqualTo("powerCapW");
    }

    @Test
    void gangsArePackedTogetherOrNotAtAll() throws IOException {
        String cluster = file("c.yaml", NODES);
        String jobs = file("j.yaml", """
                jobs:
                  - {name: pair, tasks: 2, tasksPerNode: 1, gpus: 4, cpuMilli: 1, memoryMib: 1}
                  - {name: many, tasks: 5, gpus: 4, cpuMilli: 1, memoryMib: 1}
                  - {name: some, tasks: {min: 1, max: 5}, gpus: 4, cpuMilli: 1, memoryMib: 1}
                """);
        assertThat(run("pack", "--cluster", cluster, "--jobs", jobs)).isEqualTo(Main.RAN);
        assertThat(out.toString())
                .contains("Packed 4 of 12 tasks", "8 refused", "Gangs", "pair/0", "some/0")
                .contains("many: 1 gang of 5 tasks", "2 fit");
        out.getBuffer().setLength(0);
        assertThat(run("pack", "--cluster", cluster, "--jobs", jobs, "--format", "json", "--all"))
                .isEqualTo(Main.RAN);
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.get("gangs")).hasSize(2);
        assertThat(json.get("gangs").get(0).get("tier").asText()).isEqualTo("cluster");
        assertThat(json.get("gangs").get(1).get("tasks").asInt()).isEqualTo(2);
        assertThat(json.get("gangRefusals").get(0).get("tasksThatFit").asInt()).isEqualTo(2);
        assertThat(json.get("placements").findValues("gang")).hasSize(4);
    }

    @Test
    void theExampleStandsInForAFileThatIsNotGiven() throws IOException {
        assertThat(run("pack", "--cluster", file("c.yaml", NODES))).isEqualTo(Main.RAN);
        assertThat(out.toString()).contains("on 2 nodes with 16 GPUs");
        assertThat(run("pack", "--jobs", file("j.yaml", JOBS))).isEqualTo(Main.RAN);
        assertThat(out.toString()).contains("Packed 4 of 4 tasks").contains("nothing refused");
    }

    @Test
    void openbListsArePackedZippedOrNot() throws IOException {
        String nodes = file("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\nopenb-0,64000,262144,2,G2\n");
        Path pods = folder.resolve("pods.csv.gz");
        try (OutputStream zip = new GZIPOutputStream(Files.newOutputStream(pods))) {
            zip.write(
                    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\np0,1000,1024,1,460,\np1,1000,1024,2,1000,G2\n"
                            .getBytes(StandardCharsets.UTF_8));
        }
        assertThat(run("pack", "--cluster", nodes, "--jobs", pods.toString())).isEqualTo(Main.RAN);
        assertThat(out.toString()).contains("Packed 1 of 2 tasks on 1 node with 2 GPUs", "arrivals as written");
    }

    @Test
    void badInputIsNamedWithItsPlace() throws IOException {
        String good = file("c.yaml", NODES);
        assertThat(run("pack", "--cluster", "/nonexistent.yaml", "--jobs", good))
                .isEqualTo(Main.BAD_INPUT);
        assertThat(err.toString())
                .contains("/nonexistent.yaml: there is no such file")
                .hasLineCount(1);
        String bad = file("j.yaml", "jobs:\n  - {name: a, cpuMilli: 1, memoryMib: 1, gpus: 99}\n");
        assertThat(run("pack", "--cluster", good, "--jobs", bad)).isEqualTo(Main.BAD_INPUT);
        assertThat(err.toString()).contains("j.yaml:2:48: jobs[0].gpus is 99, allowed: a whole number from 1 to 16");
    }

    @Test
    void aReportThatCannotBeWrittenIsSaidBeforeTheWork() {
        for (Path bad : List.of(folder.resolve("no/such/folder.html"), folder, Path.of(""))) {
            assertThat(run("pack", "--report=" + bad)).isEqualTo(Main.BAD_INPUT);
            assertThat(err.toString())
                    .startsWith("berth: --report is '" + bad + "', which ")
                    .hasLineCount(1);
            assertThat(out.toString()).isEmpty();
        }
    }

    @Test
    void aWrongCommandLineIsUsage() {
        assertThat(run("pack", "--policy", "nosuch")).isEqualTo(Main.USAGE);
        assertThat(err.toString()).contains("nosuch", "best-fit", "berth").hasLineCount(1);
        assertThat(run("pack", "--format", "xml")).isEqualTo(Main.USAGE);
        assertThat(run("pack", "--seed", "many")).isEqualTo(Main.USAGE);
        assertThat(err.toString())
                .contains("'--seed': 'many', allowed: a whole number from -9223372036854775808 to 9223372036854775807")
                .hasLineCount(1);
    }

    @Test
    void aReportIsWrittenBesideTheResult() throws IOException {
        Path report = folder.resolve("report.html");
        String cluster = file("c.yaml", NODES);
        assertThat(run("pack", "--cluster", cluster, "--jobs", file("j.yaml", JOBS), "--report", report.toString()))
                .isEqualTo(Main.RAN);
        assertThat(Files.readString(report)).startsWith("<!DOCTYPE html>");
        assertThat(err.toString()).contains("wrote " + report);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).hasSize(3); // nothing half written is left
        }
    }

    @Test
    void coloursAreForTerminalsThatWantThem() {
        assertThat(Terminal.of(Map.of()).colour()).isFalse();
        assertThat(Terminal.of(Map.of("BERTH_TTY", "2")).colour()).isFalse();
        assertThat(Terminal.of(Map.of("BERTH_TTY", "12", "NO_COLOR", "")).colour())
                .isTrue();
        assertThat(Terminal.of(Map.of("BERTH_TTY", "12", "NO_COLOR", "1")).colour())
                .isFalse();
        assertThat(Terminal.of(Map.of()).columns()).isEqualTo(80);
        assertThat(Terminal.of(Map.of("BERTH_COLUMNS", "100")).columns()).isEqualTo(100);
        assertThat(Terminal.of(Map.of("BERTH_COLUMNS", "9")).columns()).isEqualTo(40);
        assertThat(Terminal.of(Map.of("BERTH_COLUMNS", "900")).columns()).isEqualTo(120);
        assertThat(Terminal.of(Map.of("BERTH_TTY", "1", "TERM", "dumb")).colour())
                .isFalse();
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.run(Arrays.copyOf(args, args.length), new PrintWriter(out), new PrintWriter(err));
    }
}
