package dev.berth.planner.imports;

import dev.berth.planner.imports.SwitchTree.Group;
import dev.berth.planner.io.ImportNote;
import dev.berth.planner.io.SlurmTopology;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the blocks of Slurm's topology/block are. Slurm says only that nodes of a block belong together: it may be an NVL72 with one
 * NVLink domain, or a scalable unit of machines that share switches and no NVLink. The first must not be guessed: a planner that
 * takes switches for NVLink puts what talks most on a network that carries a small part of it.
 */
final class Blocks {
    /** What blocks are taken for. */
    enum Kind {
        /** NVLink domains where all nodes of blocks have GPUs of a model that comes with one, else switches. */
        AUTO,
        /** NVLink domains. */
        NVLINK,
        /** Switches of a tier of their own. */
        SWITCH
    }

    /** Models whose NVLink reaches beyond the node: GB200 and GB300 NVL72, GH200 NVL32. */
    private static final Pattern NVLINK_BEYOND_NODE = Pattern.compile("(?i).*(?:GB200|GB300|NVL72|NVL36|NVL32).*");

    private Blocks() {}

    /**
     * The block of each node.
     *
     * @param file what notes about a line call the file
     * @param source what notes about the topology as a whole call it
     */
    static Map<String, String> nodes(
            String file, String source, SlurmTopology slurm, HostNames hosts, List<ImportNote> notes) {
        Map<String, String> blockOfNode = new LinkedHashMap<>();
        Summary unknown = new Summary();
        for (SlurmTopology.Block block : slurm.blocks()) {
            for (String host : block.nodes()) {
                String node = hosts.node(host);
                if (node == null) {
                    unknown.add(host);
                    continue;
                }
                String before = blockOfNode.putIfAbsent(node, block.name());
                if (before != null) {
                    notes.add(new ImportNote(
                            file,
                            block.line(),
                            "node '" + node + "' is in block '" + before + "' already; not put in '" + block.name()
                                    + "'"));
                }
            }
        }
        if (unknown.size() > 0) {
            notes.add(new ImportNote(
                    source, 0, "not used: hosts that are no nodes of the cluster: " + unknown.examples()));
        }
        return blockOfNode;
    }

    /** Whether blocks of these nodes are NVLink domains. */
    static boolean areNvlinkDomains(
            Kind kind,
            String source,
            Collection<String> nodes,
            Function<String, @Nullable String> model,
            List<ImportNote> notes) {
        if (nodes.isEmpty() || kind == Kind.SWITCH) {
            return false;
        }
        if (kind == Kind.NVLINK) {
            return true;
        }
        Summary without = new Summary();
        for (String node : nodes) {
            String name = model.apply(node);
            if (name == null || !NVLINK_BEYOND_NODE.matcher(name).matches()) {
                without.add(node + (name == null ? "" : " (" + name + ")"));
            }
        }
        if (without.size() > 0) {
            notes.add(new ImportNote(
                    source,
                    0,
                    "its blocks are taken for switches, because NVLink is not known to join " + without.examples()
                            + "; --blocks nvlink takes them for NVLink domains"));
        }
        return without.size() == 0;
    }

    /** Blocks as a tier of switches without anything above. */
    static SwitchTree tree(String source, SlurmTopology slurm, Map<String, String> blockOfNode) {
        List<Group> groups = new ArrayList<>();
        for (SlurmTopology.Block block : slurm.blocks()) {
            groups.add(new Group(block.name(), "block", 1, null, 0, List.of(block.name())));
        }
        return new SwitchTree(source, groups, blockOfNode);
    }
}
