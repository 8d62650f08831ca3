package dev.berth.planner.imports;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.planner.BadInputException;
import dev.berth.planner.io.ClusterFile;
import dev.berth.planner.io.ClusterFileWriter;
import dev.berth.planner.io.InfinibandFabric;
import dev.berth.planner.io.SlurmTopology;
import dev.berth.planner.io.TopographGraph;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;

/** Whatever a source says, an import gives a cluster with the nodes of its base or one {@link BadInputException}. */
final class ImportFuzzTest {
    /** A short hostlist can stand for a million nodes, and a search needs thousands of runs. */
    private static final int MAX_NODES = 500;

    private static final Cluster BASE = Cluster.builder()
            .add(NodeSpec.named("n1").gpus("GB200", 4, 0).build())
            .add(NodeSpec.named("n2").gpus("H100-SXM5-80GB", 8, 0).build())
            .build();

    @FuzzTest(maxDuration = "60s")
    void ibnetdiscover(byte[] bytes) {
        require(importer -> importer.ibnetdiscover(Map.of("fuzz", InfinibandFabric.parse("fuzz", bytes))));
    }

    @FuzzTest(maxDuration = "60s")
    void topograph(byte[] bytes) {
        require(importer -> importer.topograph("fuzz", TopographGraph.parse("fuzz", bytes)));
    }

    @FuzzTest(maxDuration = "60s")
    void slurm(byte[] bytes) {
        require(importer -> {
            SlurmTopology read = SlurmTopology.parse("fuzz", bytes);
            int nodes = read.switches().stream()
                            .mapToInt(one -> one.nodes().size())
                            .sum()
                    + read.blocks().stream().mapToInt(one -> one.nodes().size()).sum();
            if (nodes > MAX_NODES) {
                throw new BadInputException("too many nodes to search quickly");
            }
            importer.slurm("fuzz", read, Blocks.Kind.AUTO);
        });
    }

    private interface Source {
        void addTo(Importer importer);
    }

    private static void require(Source source) {
        for (Cluster base : new Cluster[] {BASE, null}) {
            try {
                Importer importer = new Importer(base, "base", null, Pattern.compile(".*"));
                source.addTo(importer);
                Cluster cluster = importer.build().cluster();
                String written = write(cluster);
                if (written != null
                        && !write(ClusterFile.parse("written", written.getBytes(StandardCharsets.UTF_8)))
                                .equals(written)) {
                    throw new AssertionError("what is written is read as something else: " + written);
                }
                if (base != null && cluster.nodeCount() != base.nodeCount()) {
                    throw new AssertionError("the nodes are others: " + cluster);
                }
            } catch (BadInputException expected) {
                if (String.valueOf(expected.getMessage()).isBlank()) {
                    throw new AssertionError("a blank message", expected);
                }
            }
        }
    }

    /** Null where a name has what UTF-8 or our form cannot hold. */
    private static String write(Cluster cluster) {
        try {
            String written = ClusterFileWriter.write(cluster);
            return StandardCharsets.UTF_8.newEncoder().canEncode(written) ? written : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
