package dev.berth.planner.io;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.cluster.Cluster;
import dev.berth.planner.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whatever the bytes, a reader gives a value, which is the same when it is written and read again, or one {@link BadInputException} that
 * names file and line.
 */
final class ReaderFuzzTest {
    private static final JsonNode CLUSTER = schema("cluster.schema.json");
    private static final JsonNode JOBS = schema("jobs.schema.json");

    private static final List<String> MODELS =
            List.of("H100-SXM5-80GB", "A100-SXM4-40GB", "GB200", "MI300X", "L40S", "b", "c");
    private static final Map<String, List<String>> CLUSTER_WORDS = Map.of(
            "model", MODELS,
            "tier", List.of("leaf", "spine", "core"),
            "parent", List.of("@switches"),
            "switch", List.of("@switches"),
            "rack", List.of("@racks"),
            "site", List.of("@sites"),
            "links",
                    List.of(
                            "X NV4",
                            "NV4 X",
                            "X SYS",
                            "SYS X",
                            "X NVLINK:600 PIX",
                            "NVLINK:600 X PIX",
                            "PIX PIX X",
                            "X"),
            "distances", List.of("PIX", "PIX SYS", "PXB NODE PHB SYS"));
    private static final Map<String, List<String>> JOB_WORDS = Map.of(
            "gpuModels", MODELS,
            "nodes", List.of("n0", "n1", "n{0..1}"),
            "tier", List.of("leaf", "spine", "core", "rack", "nvlink-domain", "island", "node", "cluster"),
            "required", List.of("leaf", "rack", "node", "island"),
            "preferred", List.of("leaf", "rack", "node", "island"),
            "migProfile", List.of("1g.5gb", "1g.10gb", "3g.40gb", "7g.80gb", "1g.10gb+me"));

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "nodes: ",
        "name: ",
        "{1..4}",
        "gpu: ",
        "topology: ",
        "&a ",
        "*a",
        "racks:\\x0A- ",
        "switches:\\x0A- "
    })
    void cluster(byte[] bytes) {
        requireCluster(bytes);
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({"jobs:\\x0A- ", "name: ", "gpus: ", "tasks: {min: 1, max: 2}", "tier: {required: ", "&a ", "*a"
    })
    void jobs(byte[] bytes) {
        requireJobs(bytes);
    }

    @FuzzTest(maxDuration = "60s")
    void clusterByItsForm(FuzzedDataProvider data) {
        requireCluster(
                GeneratedFile.of(CLUSTER, Set.of("name"), CLUSTER_WORDS, data).getBytes(StandardCharsets.UTF_8));
    }

    @FuzzTest(maxDuration = "60s")
    void jobsByTheirForm(FuzzedDataProvider data) {
        requireJobs(GeneratedFile.of(JOBS, Set.of("name"), JOB_WORDS, data).getBytes(StandardCharsets.UTF_8));
    }

    private static void requireCluster(byte[] bytes) {
        try {
            Cluster cluster = ClusterFile.parse("fuzz", bytes);
            String once = ClusterFile.write(cluster);
            requireSame(once, ClusterFile.write(ClusterFile.parse("written", once.getBytes(StandardCharsets.UTF_8))));
        } catch (BadInputException expected) {
            requirePlace(expected);
        }
    }

    private static void requireJobs(byte[] bytes) {
        try {
            String once = JobsFile.write(JobsFile.parse("fuzz", bytes, FileCorpus.CLUSTER));
            byte[] written = once.getBytes(StandardCharsets.UTF_8);
            requireSame(once, JobsFile.write(JobsFile.parse("written", written, FileCorpus.CLUSTER)));
        } catch (BadInputException expected) {
            requirePlace(expected);
        }
    }

    private static void requireSame(String once, String twice) {
        if (!twice.equals(once)) {
            throw new AssertionError("what is written is read as something else: " + once);
        }
    }

    private static void requirePlace(BadInputException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.matches("(?s)fuzz:[0-9]+:.*")) {
            throw new AssertionError("the message does not name file and line: " + message, e);
        }
    }

    private static JsonNode schema(String name) {
        try {
            return new ObjectMapper().readTree(Path.of("../docs/schema", name).toFile());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
