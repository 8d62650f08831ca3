package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.planner.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GangReplayCommandTest {
    @TempDir
    Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void writeFiles() throws IOException {
        Files.writeString(dir.resolve("cluster.yaml"), """
                nodes:
                  - name: n{00..11}
                    gpu: {model: A, count: 8}
                    cpuMilli: 96000
                    memoryMib: 393216
                    rack: r{1..3}
                """);
        StringBuilder jobs = new StringBuilder("job_id,gpus\n");
        SmallFabrics.philly().forEach(gpus -> jobs.append("j,").append(gpus).append('\n'));
        Files.createDirectory(dir.resolve("jobs"));
        Files.writeString(dir.resolve("jobs/philly_jobs_to_2017-11-24.csv.gz"), jobs);
    }

    @Test
    void jsonIsAnArrayOfRows() throws IOException {
        assertThat(replay("--load", "80,95", "--seeds", "42-43", "--format", "json"))
                .isEqualTo(Main.RAN);
        JsonNode rows = new ObjectMapper().readTree(out.toString());
        assertThat(rows).hasSize(2 * GangPolicies.NAMES.size());
        assertThat(rows.findValuesAsText("policy")).containsAll(GangPolicies.NAMES);
        assertThat(rows.get(1).get("load").doubleValue()).isEqualTo(95);
        for (JsonNode row : rows) {
            for (String number : List.of(
                    "load",
                    "utilisationPercent",
                    "gangsAtLowestFreeTierPercent",
                    "gangGpusAtLowestFreeTierPercent",
                    "meanExtraTiers",
                    "gangGpusMeanExtraTiers",
                    "refusedWithFreeCapacity",
                    "islandsBroken")) {
                assertThat(row.get(number).isNumber()).as(number).isTrue();
            }
            assertThat(row.get("perSeed")).hasSize(2);
            assertThat(row.get("perSeed").get(1).get("seed").longValue()).isEqualTo(43);
        }
        assertThat(err.toString()).contains("replaying gangs");
    }

    @Test
    void csvHasTheSameColumnsAndRepeatsItself() {
        assertThat(replay("--policy", "tree,best-fit", "--seeds", "42", "--format", "csv"))
                .isEqualTo(Main.RAN);
        String once = out.toString();
        assertThat(once)
                .startsWith("policy,load,lifetimes,")
                .contains("islandsBroken")
                .doesNotContain("perSeed");
        assertThat(once).hasLineCount(1 + 2 * 3).contains("\ntree,90,").contains("\nbest-fit,100,");
        out.getBuffer().setLength(0);
        replay("--policy", "tree,best-fit", "--seeds", "42", "--format", "csv", "--threads", "1");
        assertThat(out.toString()).isEqualTo(once);
    }

    @Test
    void tableAndReportSayTheSame() throws IOException {
        Path report = dir.resolve("report.html");
        assertThat(replay("--load", "95", "--seeds", "42", "--report", report.toString()))
                .isEqualTo(Main.RAN);
        assertThat(out.toString())
                .contains("philly+tail on cluster.yaml: 12 nodes, 96 GPUs, jobs of 1, 2, 4, 8, 16, 32 GPUs")
                .contains("lowest tier %", "islands broken", "isolation");
        assertThat(Files.readString(report))
                .contains("lowest tier %", "isolation")
                .doesNotContain("http://", "https://", "<script");
    }

    @ParameterizedTest
    @CsvSource({
        "--gangs,philly,2,--gangs is 'philly'",
        "--policy,first-fit,2,--policy is 'first-fit'",
        "--nodes,n.csv,2,--gangs needs --cluster FILE",
        "--traces,/nonexistent,1,/nonexistent/jobs/philly_jobs_to_2017-11-24.csv.gz: there is no such file",
        "--report,/nonexistent/page.html,1,there is no directory /nonexistent",
        "--load,0,2,--load is 0.0",
    })
    void badOptionsAreOneLine(String option, String value, int code, String says) {
        assertThat(replay(option, value)).isEqualTo(code);
        assertThat(err.toString()).contains(says);
        assertThat(err.toString().strip()).hasLineCount(1);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void whatBelongsTogetherIsAskedForTogether() {
        assertThat(run("replay", "--gangs", "philly+tail", "--churn", "exp")).isEqualTo(2);
        assertThat(run("replay", "--cluster", "c.yaml")).isEqualTo(2);
        assertThat(run("replay", "--gangs", "philly+tail", "--cluster", "c.yaml"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("--gangs needs --cluster FILE", "--cluster is for --gangs", "--gangs needs --churn")
                .hasLineCount(3);
    }

    @Test
    void aClusterWithoutGpusIsBadInput() throws IOException {
        Files.writeString(dir.resolve("cluster.yaml"), "nodes: [{name: n, cpuMilli: 1, memoryMib: 1}]\n");
        assertThat(replay()).isEqualTo(Main.BAD_INPUT);
        assertThat(err.toString()).contains("cluster.yaml: no job of the mix can be made");
    }

    private int replay(String... options) {
        List<String> arguments = new ArrayList<>(List.of("replay"));
        List<String> given = List.of(options);
        defaults(arguments, given, "--gangs", "philly+tail");
        defaults(arguments, given, "--cluster", dir.resolve("cluster.yaml").toString());
        defaults(arguments, given, "--traces", dir.toString());
        defaults(arguments, given, "--churn", "exp");
        arguments.addAll(given);
        return run(arguments.toArray(String[]::new));
    }

    private static void defaults(List<String> arguments, List<String> given, String option, String value) {
        if (!given.contains(option)) {
            arguments.addAll(List.of(option, value));
        }
    }

    private int run(String... arguments) {
        return Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
    }
}
