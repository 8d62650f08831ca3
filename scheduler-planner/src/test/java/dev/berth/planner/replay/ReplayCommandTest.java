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

class ReplayCommandTest {
    @TempDir
    Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void writeLists() throws IOException {
        StringBuilder nodes = new StringBuilder("sn,cpu_milli,memory_mib,gpu,model\n");
        for (int i = 0; i < 10; i++) {
            nodes.append("n").append(i).append(",96000,393216,8,G2\n");
        }
        Files.writeString(dir.resolve("nodes.csv"), nodes);
        Files.writeString(dir.resolve("pods.csv"), """
                name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec
                a,8000,1024,1,1000,
                b,4000,1024,1,470,G2|G3
                c,4000,1024,0,0,
                d,64000,1024,8,1000,
                """);
    }

    @Test
    void jsonHasARowForEachPolicyAndLevel() throws IOException {
        assertThat(replay("--policy", "first-fit,berth", "--seeds", "42-43", "--format", "json"))
                .isEqualTo(Main.RAN);
        JsonNode rows = new ObjectMapper().readTree(out.toString());
        assertThat(rows).hasSize(8);
        assertThat(rows.findValuesAsText("policy")).startsWith("first-fit").endsWith("berth");
        assertThat(rows.findValuesAsText("load")).containsExactly("60", "80", "100", "130", "60", "80", "100", "130");
        JsonNode row = rows.get(6);
        assertThat(row.get("load").isNumber()).isTrue();
        assertThat(row.get("allocatedPercentMean").doubleValue()).isBetween(50.0, 100.0);
        assertThat(row.fieldNames())
                .toIterable()
                .contains(
                        "allocatedPercentSd",
                        "cpuOnlyFailed",
                        "fragmentationPercent",
                        "microsPerDecision",
                        "microsPerRebuild",
                        "rebuilds",
                        "boundPercent",
                        "shareOfBoundPercent",
                        "churnGpuDemandLostPercent");
        assertThat(row.get("perSeed")).hasSize(2);
        assertThat(row.get("perSeed").get(1).get("seed").longValue()).isEqualTo(43);
        assertThat(row.get("perSeed").get(1).get("allocatedPercent").isNumber()).isTrue();
    }

    @Test
    void churnJsonHasARowForEachPolicyAndLoad() throws IOException {
        assertThat(replay(
                        "--policy",
                        "fgd",
                        "--seeds",
                        "1,2",
                        "--churn",
                        "correlated",
                        "--load",
                        "50,110",
                        "--format",
                        "json"))
                .isEqualTo(Main.RAN);
        JsonNode rows = new ObjectMapper().readTree(out.toString());
        assertThat(rows).hasSize(2);
        JsonNode row = rows.get(1);
        assertThat(row.get("load").doubleValue()).isEqualTo(110);
        assertThat(row.get("lifetimes").textValue()).isEqualTo("correlated");
        assertThat(row.fieldNames())
                .toIterable()
                .contains(
                        "policy",
                        "gpuDemandLostPercent",
                        "eightGpuRefusedPercent",
                        "cpuOnlyLostPercent",
                        "emptyEightGpuNodesMean",
                        "realisedLoadPercent",
                        "perSeed");
    }

    @Test
    void theSameSeedsGiveTheSameFigures() throws IOException {
        replay("--policy", "fill", "--seeds", "3,4", "--format", "csv");
        String once = withoutTimes(out.toString());
        out.getBuffer().setLength(0);
        replay("--policy", "fill", "--seeds", "3,4", "--format", "csv", "--threads", "1");
        assertThat(withoutTimes(out.toString())).isEqualTo(once);
        assertThat(once)
                .startsWith("policy,load,allocatedPercentMean,allocatedPercentSd")
                .hasLineCount(5);
    }

    private static String withoutTimes(String csv) {
        List<String> lines = new ArrayList<>();
        for (String line : csv.split("\n", -1)) {
            List<String> cells = new ArrayList<>(List.of(line.split(",", -1)));
            if (cells.size() > 11) {
                cells.subList(9, 12).clear(); // micros per decision, rebuilds, micros per rebuild
            }
            lines.add(String.join(",", cells));
        }
        return String.join("\n", lines);
    }

    @Test
    void tableAndReportSayWhatIsLostInALivingCluster() throws IOException {
        Path report = dir.resolve("report.html");
        assertThat(replay("--policy", "first-fit,berth", "--seeds", "42", "--report", report.toString()))
                .isEqualTo(Main.RAN);
        assertThat(out.toString()).contains("CPU-only failed", "GPU demand lost %", "empty 8-GPU nodes", "% of bound");
        assertThat(Files.readString(report))
                .contains("<svg", "berth 9", "class=\"bound\"", "GPU demand lost %")
                .doesNotContain("http://", "https://", "<script");
    }

    @Test
    void typicalWorkloadsCanBeGivenOrLearnt() {
        for (String typical : List.of("list", "online", dir.resolve("pods.csv").toString())) {
            assertThat(replay("--policy", "fgd,fill,random", "--seeds", "1", "--typical", typical, "--skip-churn"))
                    .isEqualTo(Main.RAN);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--policy,worst-fit,2,--policy is 'worst-fit'",
        "--policy,'',2,--policy is ''",
        "--load,abc,2,abc",
        "--report,/nonexistent/page.html,1,there is no directory /nonexistent",
        "--load,0,2,--load is 0.0",
        "--load,'90,95',2,--load is 2 numbers",
        "--seeds,9-1,2,'9-1'",
        "--seeds,x,2,'x'",
        "--threads,0,2,--threads is 0",
        "--format,xml,2,--format",
        "--churn,weibull,2,--churn",
        "--typical,no-such-list.csv,1,no-such-list.csv",
    })
    void badOptionsAreOneLine(String option, String value, int code, String says) {
        assertThat(replay(option, value)).isEqualTo(code);
        assertThat(err.toString()).contains(says);
        assertThat(err.toString().strip()).hasLineCount(1);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aClusterWithoutGpusIsBadInput() throws IOException {
        Files.writeString(dir.resolve("nodes.csv"), "sn,cpu_milli,memory_mib,gpu,model\na,1,1,0,\n");
        assertThat(replay("--policy", "first-fit")).isEqualTo(Main.BAD_INPUT);
        assertThat(err.toString()).contains("nodes.csv: no node has a GPU");
    }

    @ParameterizedTest
    @CsvSource({"exp", "''"})
    void tasksThatAskForNoGpuNeverReachALoad(String churn) throws IOException {
        Files.writeString(dir.resolve("pods.csv"), "name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1,1,0,0\n");
        String[] options = churn.isEmpty() ? new String[0] : new String[] {"--churn", churn};
        assertThat(replay(options)).isEqualTo(Main.BAD_INPUT);
        assertThat(err.toString()).contains("pods.csv: no task asks for a GPU").hasLineCount(1);
    }

    @Test
    void tasksThatFitNowhereHaveNoShareOfTheBound() throws IOException {
        Files.writeString(
                dir.resolve("pods.csv"), "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\na,1,1,8,1000,G9\n");
        assertThat(replay("--policy", "berth", "--seeds", "1", "--skip-churn")).isEqualTo(Main.RAN);
        assertThat(out.toString()).doesNotContain("NaN", "Infinity");
    }

    private int replay(String... options) {
        List<String> arguments = new ArrayList<>(List.of("replay"));
        if (!List.of(options).contains("--nodes")) {
            arguments.addAll(List.of("--nodes", dir.resolve("nodes.csv").toString()));
            arguments.addAll(List.of("--pods", dir.resolve("pods.csv").toString()));
        }
        arguments.addAll(List.of(options));
        return Main.run(arguments.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    }
}
