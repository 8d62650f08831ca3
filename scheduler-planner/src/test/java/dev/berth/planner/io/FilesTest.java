package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.NodeState;
import dev.berth.placement.GpuDemand;
import dev.berth.planner.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** Both readers, and that the shipped JSON schemas agree with them. */
final class FilesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path CLUSTER_SCHEMA = ROOT.resolve("docs/schema/cluster.schema.json");
    private static final Path JOBS_SCHEMA = ROOT.resolve("docs/schema/jobs.schema.json");

    @Test
    void modelsOfTheFileSayWhatTheLinksOfTheirNodesAre() {
        Cluster cluster = ClusterFile.parse(
                "models", FileCorpus.goodClusters().get("GPU models").getBytes(StandardCharsets.UTF_8));
        assertThat(cluster.gpuTopology(0).shape()).isEqualTo("mesh");
        assertThat(cluster.gpuTopology(0).linkGigabytesPerSecond(0, 1)).isEqualTo(100);
        assertThat(cluster.gpuTopology(1).shape()).isEqualTo("pairs");
        assertThat(cluster.gpuTopology(1).linkGigabytesPerSecond(0, 1)).isEqualTo(800);
        GpuModel h100 = cluster.gpuCatalog().find("NVIDIA H100 80GB HBM3", 0);
        assertThat(h100).isNotNull();
        assertThat(h100.idleW()).isEqualTo(75);
        assertThat(h100.thermalDesignW()).isEqualTo(700);
        assertThat(h100.source()).isEqualTo("the cluster file");
    }

    @Test
    void goodFilesAreReadAndFollowTheSchema() throws IOException {
        for (Map.Entry<String, String> good : FileCorpus.goodClusters().entrySet()) {
            cluster(good.getValue());
            assertThat(complaints(CLUSTER_SCHEMA, good.getValue()))
                    .as(good.getKey())
                    .isEmpty();
        }
        for (Map.Entry<String, String> good : FileCorpus.goodJobs().entrySet()) {
            jobs(good.getValue());
            assertThat(complaints(JOBS_SCHEMA, good.getValue()))
                    .as(good.getKey())
                    .isEmpty();
        }
    }

    @Test
    void badFilesAreRefusedByReaderAndSchemaWithTheirPlace() throws IOException {
        Map<String, String[]> clusters = new HashMap<>(FileCorpus.badClusters());
        clusters.putAll(FileCorpus.subtleClusters());
        clusters.forEach((text, said) -> assertThatThrownBy(() -> cluster(text))
                .as(text)
                .isInstanceOf(BadInputException.class)
                .hasMessageMatching("(?s)file:[0-9]+:[0-9]+: .*")
                .hasMessageContainingAll(said));
        Map<String, String[]> jobs = new HashMap<>(FileCorpus.badJobs());
        jobs.putAll(FileCorpus.subtleJobs());
        jobs.forEach((text, said) -> assertThatThrownBy(() -> jobs(text))
                .as(text)
                .isInstanceOf(BadInputException.class)
                .hasMessageMatching("(?s)file:[0-9]+:[0-9]+: .*")
                .hasMessageContainingAll(said));
        for (String text : FileCorpus.badClusters().keySet()) {
            assertThat(complaints(CLUSTER_SCHEMA, text)).as(text).isNotEmpty();
        }
        for (String text : FileCorpus.badJobs().keySet()) {
            assertThat(complaints(JOBS_SCHEMA, text)).as(text).isNotEmpty();
        }
    }

    @Test
    void whatIsNotYamlIsRefusedWithItsPlace() {
        assertThatThrownBy(() -> cluster("nodes: [")).hasMessageStartingWith("file:1:9: not valid YAML");
        assertThatThrownBy(() -> cluster("nodes: []\n\tx: 1")).hasMessageStartingWith("file:2:1: not valid YAML");
        assertThatThrownBy(() -> cluster("")).hasMessageStartingWith("file:1: the file is empty");
        assertThatThrownBy(() -> cluster("nodes: []\n---\nnodes: []")).hasMessageStartingWith("file:");
        assertThatThrownBy(() -> cluster("nodes: [*nobody]")).hasMessageContaining("nobody");
        assertThatThrownBy(() -> cluster("[".repeat(100_000))).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> ClusterFile.parse("file", new byte[] {'\n', (byte) 0xC3}))
                .hasMessage("file:2: is not UTF-8 text");
    }

    @Test
    void rangesNameNodesAndSpreadThemOverRacks() {
        Cluster cluster = cluster("""
                nodes:
                  - {name: "h-{08..11}.dc", cpuMilli: 5, memoryMib: 6, rack: "r{1..2}", site: oslo}
                  - {name: "g-{9..10}", cpuMilli: 5, memoryMib: 6}
                states: {h-09.dc: REPAIR}
                """);
        assertThat(cluster.nodeCount()).isEqualTo(6);
        assertThat(cluster.nodeName(0)).isEqualTo("h-08.dc");
        assertThat(cluster.nodeName(3)).isEqualTo("h-11.dc");
        assertThat(cluster.nodeName(4)).isEqualTo("g-9");
        assertThat(cluster.nodeName(5)).isEqualTo("g-10");
        assertThat(cluster.racks().get(cluster.rackId(1))).isEqualTo("r1");
        assertThat(cluster.racks().get(cluster.rackId(2))).isEqualTo("r2");
        assertThat(cluster.rackId(4)).isEqualTo(-1);
        assertThat(cluster.initialState(0)).isEqualTo(NodeState.READY);
        assertThat(cluster.initialState(1)).isEqualTo(NodeState.REPAIR);
    }

    @Test
    void migSaysWhichGpusAreCut() {
        String text = "nodes: [{name: a, cpuMilli: 1, memoryMib: 1, gpu: {model: A100-SXM4-80GB, count: 8,"
                + " memoryMib: 81920, mig: MIG}}]";
        assertThat(cluster(text.replace("MIG", "all")).migGpuMask(0)).isEqualTo(0xFF);
        assertThat(cluster(text.replace("MIG", "none")).migGpuMask(0)).isZero();
        assertThat(cluster(text.replace("MIG", "[1, 6]")).migGpuMask(0)).isEqualTo(0b0100_0010);
        assertThatThrownBy(() -> cluster(text.replace("MIG", "a list of GPU indices")))
                .hasMessageContaining("allowed: all, none, a list of GPU indices");
    }

    @Test
    void jobsSayWhatEachTaskNeeds() {
        Workload workload = jobs(FileCorpus.goodJobs().get("everything"));
        Job train = workload.jobs().get(0);
        assertThat(workload.order()).isEqualTo(Workload.Order.SHUFFLED);
        assertThat(workload.taskCount()).isEqualTo(6);
        assertThat(train.request().gpus()).isEqualTo(new GpuDemand.Whole(8));
        assertThat(train.request().gpuModels()).containsExactly("H100-SXM5-80GB");
        assertThat(train.request().counted()).containsEntry("rdma", 8L);
        assertThat(train.nodes()).containsExactly("n0", "n1");
        assertThat(workload.jobs().get(1).request().gpus()).isEqualTo(new GpuDemand.Share(250));
        assertThat(workload.jobs().get(2).request().gpus()).isEqualTo(new GpuDemand.Mig("3g.40gb"));
    }

    @Test
    void aShuffleOnlyMixes() {
        Workload workload = jobs(FileCorpus.goodJobs().get("everything"));
        assertThat(workload.arrivals(1)).isEqualTo(workload.arrivals(1)).containsExactlyInAnyOrder(0, 0, 0, 1, 2, 3);
        Workload written = new Workload(workload.jobs(), Workload.Order.WRITTEN);
        assertThat(written.arrivals(1)).containsExactly(0, 0, 0, 1, 2, 3);
    }

    @Test
    void theExampleIsTheShippedFileAndFollowsTheSchema() throws IOException {
        Path clusterFile = ROOT.resolve("examples/clusters/mixed-cloud.yaml");
        Path jobsFile = ROOT.resolve("examples/workloads/mixed-cloud.yaml");
        Cluster cluster = Example.cluster();
        assertThat(ClusterFile.write(ClusterFile.read(clusterFile))).isEqualTo(ClusterFile.write(cluster));
        assertThat(JobsFile.read(jobsFile, cluster)).isEqualTo(Example.workload(cluster));
        for (String name : List.of("mixed-cloud", "superpod-h100-127", "gb200-nvl72-8")) {
            assertThat(complaints(
                            CLUSTER_SCHEMA, Files.readString(ROOT.resolve("examples/clusters/" + name + ".yaml"))))
                    .as(name)
                    .isEmpty();
            Path jobs = ROOT.resolve("examples/workloads/" + name + ".yaml");
            Workload workload =
                    JobsFile.read(jobs, ClusterFile.read(ROOT.resolve("examples/clusters/" + name + ".yaml")));
            assertThat(workload.taskCount()).isPositive();
            assertThat(complaints(JOBS_SCHEMA, Files.readString(jobs))).as(name).isEmpty();
        }
        assertThat(complaints(JOBS_SCHEMA, Files.readString(jobsFile))).isEmpty();
        assertThat(cluster.nodeCount()).isBetween(200, 500);
    }

    /** The clusters that docs/files.md shows are clusters. */
    @Test
    void theDocumentationsClustersAreRead() throws IOException {
        String text = Files.readString(ROOT.resolve("docs/files.md"));
        int found = 0;
        for (String block : text.split("```yaml\n", -1)) {
            String yaml = block.substring(0, Math.max(0, block.indexOf("```")));
            if (yaml.startsWith("nodes:") || yaml.startsWith("powerBasis:")) {
                assertThat(cluster(yaml).nodeCount()).isPositive();
                assertThat(complaints(CLUSTER_SCHEMA, yaml)).isEmpty();
                found++;
            } else if (yaml.startsWith("    gpu:")) {
                assertThat(cluster("nodes:\n  - name: a\n    cpuMilli: 1\n    memoryMib: 1\n" + yaml)
                                .gpuTopology(0)
                                .shape())
                        .isEqualTo("pairs");
                found++;
            }
        }
        assertThat(found).isEqualTo(3);
    }

    @Test
    void theGangWorkloadsFollowTheSchema() throws IOException {
        for (String name : new String[] {"superpod-h100-127", "gb200-nvl72-8"}) {
            Cluster cluster = ClusterFile.read(ROOT.resolve("examples/clusters/" + name + ".yaml"));
            Path jobsFile = ROOT.resolve("examples/workloads/" + name + ".yaml");
            Workload workload = JobsFile.read(jobsFile, cluster);
            assertThat(workload.jobs()).anyMatch(job -> job.gang() != null);
            assertThat(workload.taskCount()).isGreaterThan(workload.arrivalCount());
            assertThat(complaints(JOBS_SCHEMA, Files.readString(jobsFile))).isEmpty();
            assertThat(JobsFile.parse("written", JobsFile.write(workload).getBytes(StandardCharsets.UTF_8), cluster))
                    .isEqualTo(workload);
        }
    }

    @Test
    void filesThatCannotBeReadAreNamed(@TempDir Path folder) {
        assertThatThrownBy(() -> ClusterFile.read(folder.resolve("none.yaml")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("none.yaml: there is no such file");
        assertThatThrownBy(() -> ClusterFile.read(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is a directory");
    }

    private static Cluster cluster(String text) {
        return ClusterFile.parse("file", text.getBytes(StandardCharsets.UTF_8));
    }

    private static Workload jobs(String text) {
        return JobsFile.parse("file", text.getBytes(StandardCharsets.UTF_8), FileCorpus.CLUSTER);
    }

    private static Iterable<String> complaints(Path schema, String text) throws IOException {
        JsonSchema loaded =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(Files.readString(schema));
        return loaded.validate(new ObjectMapper().valueToTree(new Yaml().load(text))).stream()
                .map(Object::toString)
                .toList();
    }
}
