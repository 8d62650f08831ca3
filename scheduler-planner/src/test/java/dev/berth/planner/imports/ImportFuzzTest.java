package dev.berth.planner.imports;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.planner.BadInputException;
import dev.berth.planner.io.ClusterFile;
import dev.berth.planner.io.ClusterFileWriter;
import dev.berth.planner.io.GeneratedFile;
import dev.berth.planner.io.InfinibandFabric;
import dev.berth.planner.io.SlurmTopologies;
import dev.berth.planner.io.SlurmTopology;
import dev.berth.planner.io.TopographGraph;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Whatever a source says, an import gives a cluster with the nodes of its base or one {@link BadInputException}. */
final class ImportFuzzTest {
    /** A short hostlist can stand for a million nodes, and a search needs thousands of runs. */
    private static final int MAX_NODES = 500;

    private static final Cluster BASE = Cluster.builder()
            .add(NodeSpec.named("n1").gpus("GB200", 4, 0).build())
            .add(NodeSpec.named("n2").gpus("H100-SXM5-80GB", 8, 0).build())
            .build();

    private static final JsonNode SLURM_YAML = schema("""
            {"type": "array", "items": {"type": "object", "required": ["topology"], "properties": {
              "topology": {"type": "string"},
              "cluster_default": {"type": "boolean"},
              "flat": {"oneOf": [{"type": "boolean"}, {"type": "object"}]},
              "ring": {"type": "object"},
              "tree": {"type": "object", "required": ["switches"], "properties": {
                "switches": {"type": "array", "items": {"type": "object", "required": ["switch"], "properties": {
                  "switch": {"type": "string"},
                  "children": {"$ref": "#/$defs/names"},
                  "nodes": {"$ref": "#/$defs/names"}}}}}},
              "block": {"type": "object", "required": ["blocks"], "properties": {
                "block_sizes": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                "blocks": {"type": "array", "items": {"type": "object", "required": ["block"], "properties": {
                  "block": {"type": "string"},
                  "nodes": {"$ref": "#/$defs/names"}}}}}}}},
             "$defs": {"names": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}}}
            """);

    private static final JsonNode TOPOGRAPH = schema("""
            {"type": "object", "required": ["instances"], "properties": {
              "provider": {"type": "string"},
              "instances": {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string"},
                "type": {"type": "string"},
                "network_layers": {"type": "array", "items": {"type": "string"}},
                "labels": {"$ref": "#/$defs/labels"},
                "attributes": {"$ref": "#/$defs/labels"}}}}},
             "$defs": {"labels": {"type": "object", "additionalProperties": {"type": "string"}}}}
            """);

    private static final List<String> LAYERS = List.of("s1", "s2", "s3", "s4", "t1", "t2", "t3", "top", "core", "");
    private static final List<String> IDS =
            List.of("n1", "n2", "n3", "n4", "n5", "n6", "n1.example.net", "n7.example.net", "i-0a1b", "i-0a1c");
    private static final List<String> NODES = List.of("n1", "n2", "n[1-2]", "n3", "n1.example.net", "n[1-2],n[4-9]");
    private static final Map<String, List<String>> WORDS = Map.of(
            "topology", List.of("t"),
            "switch", List.of("s", "top"),
            "block", List.of("b"),
            "children", List.of("@switches"),
            "network_layers", LAYERS,
            "nodes", NODES,
            "id", IDS,
            "key",
                    List.of(
                            "kubernetes.io/hostname",
                            "accelerator.topograph.run/domain",
                            "accelerator.topograph.run/sub-domain",
                            "nvidia.com/gpu.clique",
                            "nvidia.com/gpu.product",
                            "nvlink",
                            "fabric.topograph.run/tier-0",
                            "accelerator"));

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "Switch\\x0936 \\\"S-1\\\"\\x09\\x09# \\\"",
        "Ca\\x091 \\\"H-1\\\"\\x09\\x09# \\\"",
        "vendid=0x2c9",
        "switchguid=0x1(1)",
        " 4xNDR",
        "[1](1) "
    })
    void ibnetdiscover(byte[] bytes) {
        require(importer -> importer.ibnetdiscover(Map.of("fuzz", InfinibandFabric.parse("fuzz", bytes))));
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\\\"instances\\\": [",
        "\\\"id\\\": \\\"",
        "\\\"network_layers\\\": [",
        "\\\"labels\\\": {",
        "\\\"attributes\\\": {"
    })
    void topograph(byte[] bytes) {
        require(importer -> importer.topograph("fuzz", TopographGraph.parse("fuzz", bytes)));
    }

    @FuzzTest(maxDuration = "60s")
    void topographByItsForm(FuzzedDataProvider data) {
        byte[] bytes = GeneratedFile.of(TOPOGRAPH, Set.of(), WORDS, data).getBytes(StandardCharsets.UTF_8);
        require(importer -> importer.topograph("fuzz", TopographGraph.parse("fuzz", bytes)));
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "SwitchName=",
        "Switches=",
        "Nodes=",
        "BlockName=",
        "BlockSizes=",
        "LinkSpeed=",
        "Level=",
        "(null)",
        "[1-2]",
        "\\\\\\x0A",
        "- topology: ",
        "cluster_default: true",
        "tree:\\x0A    switches:\\x0A",
        "      - switch: ",
        "children: ",
        "block:\\x0A    blocks:\\x0A"
    })
    void slurm(byte[] bytes) {
        requireSlurm(bytes);
    }

    @FuzzTest(maxDuration = "60s")
    void slurmYamlByItsForm(FuzzedDataProvider data) {
        requireSlurm(GeneratedFile.of(SLURM_YAML, Set.of("topology", "switch", "block"), WORDS, data)
                .getBytes(StandardCharsets.UTF_8));
    }

    private static void requireSlurm(byte[] bytes) {
        require(importer -> {
            SlurmTopologies read = SlurmTopologies.parse("fuzz", bytes);
            int nodes = 0;
            for (SlurmTopology topology : read.topologies()) {
                for (SlurmTopology.Switch one : topology.switches()) {
                    nodes += one.nodes().size();
                }
                for (SlurmTopology.Block one : topology.blocks()) {
                    nodes += one.nodes().size();
                }
            }
            if (nodes > MAX_NODES) {
                throw new BadInputException("fuzz:1: too many nodes to search quickly");
            }
            importer.slurm("fuzz", read, Blocks.Kind.AUTO);
        });
    }

    private static JsonNode schema(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
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
                String message = String.valueOf(expected.getMessage());
                // That there is no node is about all sources together, and so has no line.
                if (!message.matches("(?s)fuzz:[0-9]+:.*") && !message.startsWith("no source names a node")) {
                    throw new AssertionError("the message does not name file and line: " + message, expected);
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
