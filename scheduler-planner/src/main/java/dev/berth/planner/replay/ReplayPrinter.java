package dev.berth.planner.replay;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints a result for people or for programs. */
final class ReplayPrinter {
    private static final SimpleModule ROUNDED =
            new SimpleModule().addSerializer(Double.class, new Rounded()).addSerializer(double.class, new Rounded());
    private static final ObjectMapper JSON = new ObjectMapper().registerModule(ROUNDED);
    private static final CsvMapper CSV = CsvMapper.builder().addModule(ROUNDED).build();

    private ReplayPrinter() {}

    static String print(ReplayResult result, ReplayCommand.Format format) {
        return switch (format) {
            case TABLE -> table(result);
            case JSON -> json(rows(result));
            case CSV -> csv(rows(result));
        };
    }

    static String print(GangReplay.Result result, ReplayCommand.Format format) {
        List<ObjectNode> rows =
                result.rows().stream().<ObjectNode>map(JSON::valueToTree).toList();
        return switch (format) {
            case TABLE -> gangText(result);
            case JSON -> json(rows);
            case CSV -> csv(rows);
        };
    }

    /** Each row as an object; the churn loss of the policy is added to the rows of a saturation. */
    private static List<ObjectNode> rows(ReplayResult result) {
        Saturation saturation = result.saturation();
        if (saturation == null) {
            return result.churn().stream().<ObjectNode>map(JSON::valueToTree).toList();
        }
        List<ObjectNode> rows = new ArrayList<>();
        for (Saturation.Row row : saturation.rows()) {
            ObjectNode node = JSON.valueToTree(row);
            for (Churn.Row churn : result.churn()) {
                if (churn.policy().equals(row.policy())) {
                    node.putPOJO("churnLoad", churn.load());
                    node.putPOJO("churnRealisedLoadPercent", churn.realisedLoadPercent());
                    node.putPOJO("churnGpuDemandLostPercent", churn.gpuDemandLostPercent());
                    node.putPOJO("churnEightGpuRefusedPercent", churn.eightGpuRefusedPercent());
                    node.putPOJO("churnCpuOnlyLostPercent", churn.cpuOnlyLostPercent());
                }
            }
            rows.add(node);
        }
        return rows;
    }

    private static String json(List<ObjectNode> rows) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(rows) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a result cannot be written as JSON", e);
        }
    }

    private static String csv(List<ObjectNode> rows) {
        CsvSchema.Builder schema = CsvSchema.builder().setUseHeader(true);
        rows.get(0).fieldNames().forEachRemaining(name -> {
            if (!name.equals("perSeed")) {
                schema.addColumn(name);
            }
        });
        rows.forEach(row -> row.remove("perSeed"));
        try {
            return CSV.writer(schema.build()).writeValueAsString(rows);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a result cannot be written as CSV", e);
        }
    }

    private static String table(ReplayResult result) {
        StringBuilder text = new StringBuilder(result.title()).append('\n');
        Saturation saturation = result.saturation();
        if (saturation != null) {
            text.append("\nTasks arrive and stay; mean of seeds ")
                    .append(result.seeds())
                    .append(". Per cent of all GPU milli, unless said otherwise.\n\n")
                    .append(saturationTable(saturation));
        }
        if (!result.churn().isEmpty()) {
            text.append("\nTasks arrive and leave, lifetimes ")
                    .append(result.churn().get(0).lifetimes())
                    .append("; mean of seeds ")
                    .append(result.churnSeeds())
                    .append(". Policies of a seed meet the same tasks.\n\n")
                    .append(churnTable(result.churn()));
        }
        return text.toString();
    }

    static TextTable saturationTable(Saturation saturation) {
        TextTable table = new TextTable(
                "policy",
                "arrived %",
                "allocated %",
                "sd",
                "bound %",
                "% of bound",
                "CPU-only failed",
                "fragmented %",
                "us/decision",
                "rebuilds",
                "us/rebuild");
        for (Saturation.Row row : saturation.rows()) {
            table.add(
                    row.policy(),
                    load(row.load()),
                    number(row.allocatedPercentMean(), 2),
                    number(row.allocatedPercentSd(), 2),
                    number(row.boundPercent(), 2),
                    number(row.shareOfBoundPercent(), 1),
                    number(row.cpuOnlyFailed(), 1),
                    number(row.fragmentationPercent(), 2),
                    number(row.microsPerDecision(), 2),
                    number(row.rebuilds(), 0),
                    number(row.microsPerRebuild(), 0));
        }
        return table;
    }

    static TextTable churnTable(List<Churn.Row> rows) {
        TextTable table = new TextTable(
                "policy",
                "load %",
                "realised %",
                "GPU demand lost %",
                "sd",
                "8-GPU refused %",
                "CPU-only lost %",
                "empty 8-GPU nodes",
                "allocated %");
        for (Churn.Row row : rows) {
            table.add(
                    row.policy(),
                    load(row.load()),
                    number(row.realisedLoadPercent(), 2),
                    number(row.gpuDemandLostPercent(), 2),
                    number(row.gpuDemandLostSd(), 2),
                    number(row.eightGpuRefusedPercent(), 1),
                    number(row.cpuOnlyLostPercent(), 2),
                    number(row.emptyEightGpuNodesMean(), 1),
                    number(row.allocatedPercent(), 1));
        }
        return table;
    }

    private static String gangText(GangReplay.Result result) {
        return result.title()
                + "\n\nJobs and gangs arrive and leave, lifetimes "
                + result.rows().get(0).lifetimes()
                + "; mean of seeds "
                + result.seeds()
                + ". Policies of a seed meet the same jobs.\n\n"
                + gangTable(result.rows());
    }

    static TextTable gangTable(List<GangChurn.Row> rows) {
        TextTable table = new TextTable(
                "policy",
                "load %",
                "realised %",
                "utilisation %",
                "sd",
                "lost %",
                "gangs refused %",
                "lowest tier %",
                "by GPUs",
                "extra tiers",
                "refused with free",
                "that fit",
                "islands broken");
        for (GangChurn.Row row : rows) {
            table.add(
                    row.policy(),
                    load(row.load()),
                    number(row.realisedLoadPercent(), 2),
                    number(row.utilisationPercent(), 2),
                    number(row.utilisationSd(), 2),
                    number(row.gpuDemandLostPercent(), 2),
                    number(row.gangsRefusedPercent(), 1),
                    number(row.gangsAtLowestFreeTierPercent(), 2),
                    number(row.gangGpusAtLowestFreeTierPercent(), 2),
                    number(row.meanExtraTiers(), 3),
                    number(row.refusedWithFreeCapacity(), 1),
                    number(row.refusedThatFit(), 1),
                    number(row.islandsBroken(), 1));
        }
        return table;
    }

    /** A number with so many digits behind the point; a dash for what is not known. */
    static String number(@Nullable Double value, int digits) {
        if (value == null || !Double.isFinite(value)) {
            return "-";
        }
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /** A load with as many digits as it was given. */
    static String load(double value) {
        return rounded(value).toPlainString();
    }

    private static BigDecimal rounded(double value) {
        BigDecimal four =
                BigDecimal.valueOf(value).setScale(4, RoundingMode.HALF_EVEN).stripTrailingZeros();
        return four.scale() < 0 ? four.setScale(0) : four;
    }

    /** Four digits are more than any of these figures is good for. */
    private static final class Rounded extends JsonSerializer<Double> {
        @Override
        public void serialize(Double value, JsonGenerator out, SerializerProvider unused) throws IOException {
            if (!Double.isFinite(value)) {
                out.writeNull();
                return;
            }
            BigDecimal four = rounded(value);
            if (four.scale() == 0) { // not 9E+1, which BigDecimal prefers for 90
                out.writeNumber(four.longValueExact());
            } else {
                out.writeNumber(four);
            }
        }
    }
}
