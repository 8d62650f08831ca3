package dev.berth.planner.imports;

import dev.berth.cluster.Cluster;
import dev.berth.planner.io.ImportNote;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of an import. Immutable.
 *
 * @param cluster what the sources say together
 * @param sources what each of them gave
 * @param groups the groups of switches that the sources gave, with the switches that each stands for
 * @param rails what the fabric says of rails, or null when nobody told
 * @param notes what could not be used, or was used otherwise than it says
 */
record ImportResult(
        Cluster cluster,
        List<Source> sources,
        List<SwitchTree.Group> groups,
        @Nullable Rails rails,
        List<ImportNote> notes) {
    /**
     * One source.
     *
     * @param kind the format
     * @param file its name
     * @param nodes nodes of the cluster about which it said something that was used
     * @param gave what it gave, such as {@code 40 switches, 1,120 cables}
     */
    record Source(String kind, String file, int nodes, String gave) {}
}
