package dev.berth.placement;

import com.carrotsearch.hppc.IntArrayList;
import dev.berth.cluster.Topology;
import java.util.Arrays;

/**
 * The domains of a topology as one tree of <em>cells</em>, which sums of capacities run up. A cell is what two nodes share that
 * are in the same domains from some tier up; where domains nest, cells and domains are the same. Where they cross, as a rack
 * on two leaves does, a domain is a <em>union</em> of cells, which stands beside the tree.
 *
 * <p>Cells {@code 0 .. nodes - 1} are the nodes. A node that is in no domain of a tier hangs on the next tier that has it.
 * It relies on fabric order being sorted by the highest tier first. Immutable. Built in O(nodes * tiers).
 */
final class CellTree {
    final Topology topology;
    final int nodes;
    final int tiers;
    /** Cell above, -1 for the root and for unions. */
    final int[] parent;
    /** Tier of a cell. */
    final int[] tier;
    /** Position among the domains of its tier, in fabric order; -1 for a cell that is only a part of a union. */
    final int[] ordinal;
    /** The union that a cell is a part of, or -1. */
    final int[] unionOf;
    /** Cells that stand for domains, by tier and ordinal. */
    final int[][] cellAt;

    private final int[] childFrom;
    private final int[] children;
    private final int[][] cellOf;
    private final boolean nested;

    CellTree(Topology topology, int nodes) {
        this.topology = topology;
        this.nodes = nodes;
        tiers = topology.tiers().size();
        Builder builder = new Builder(topology, nodes);
        nested = builder.unions == 0;
        parent = builder.parents.toArray();
        tier = builder.tierOf.toArray();
        unionOf = builder.unionOf;
        cellOf = builder.cellOf;
        childFrom = new int[parent.length + 1];
        children = builder.children(childFrom);
        ordinal = new int[parent.length];
        Arrays.fill(ordinal, -1);
        cellAt = new int[tiers][];
        for (int t = 0; t < tiers; t++) {
            cellAt[t] = builder.domainsInOrder(t);
            for (int i = 0; i < cellAt[t].length; i++) {
                ordinal[cellAt[t][i]] = i;
            }
        }
    }

    int cells() {
        return parent.length;
    }

    /** The cell that stands for a domain, -1 for a domain without nodes. */
    int cellOf(int ofTier, int domain) {
        return cellOf[ofTier][domain];
    }

    /** Whether each domain lies inside one domain, or none, of each tier above. */
    boolean nested() {
        return nested;
    }

    int childCount(int cell) {
        return childFrom[cell + 1] - childFrom[cell];
    }

    int child(int cell, int i) {
        return children[childFrom[cell] + i];
    }

    private static final class Builder {
        private final Topology topology;
        private final int tiers;
        private final int[] order;
        private final IntArrayList parents = new IntArrayList();
        private final IntArrayList tierOf = new IntArrayList();
        private final int[] unionOf;
        private final int[][] cellOf;
        private final int[][] partsOf;
        private int unions;

        Builder(Topology topology, int nodes) {
            this.topology = topology;
            tiers = topology.tiers().size();
            cellOf = new int[tiers][];
            partsOf = new int[tiers][];
            for (int t = 0; t < tiers; t++) {
                cellOf[t] = new int[topology.domainCount(t)];
                partsOf[t] = new int[topology.domainCount(t)];
                Arrays.fill(cellOf[t], -1);
            }
            order = new int[nodes];
            for (int position = 0; position < nodes; position++) {
                order[position] = topology.nodeAt(position);
            }
            for (int node = 0; node < nodes; node++) {
                parents.add(-1);
                tierOf.add(0);
                cellOf[0][topology.domainOf(0, node)] = node;
                partsOf[0][topology.domainOf(0, node)] = 1;
            }
            split(0, nodes, tiers - 1, -1);
            unionOf = unite();
        }

        /** Makes cells of the nodes {@code order[from .. to - 1]}, which are in the same domains above tier {@code t}. */
        private void split(int from, int to, int t, int above) {
            if (t == 0) {
                for (int i = from; i < to; i++) {
                    parents.set(order[i], above);
                }
                return;
            }
            for (int start = from; start < to; ) {
                int domain = topology.domainOf(t, order[start]);
                int end = start + 1;
                while (end < to && topology.domainOf(t, order[end]) == domain) {
                    end++;
                }
                int cell = above;
                if (domain >= 0) {
                    cell = parents.size();
                    parents.add(above);
                    tierOf.add(t);
                    cellOf[t][domain] = cell;
                    partsOf[t][domain]++;
                }
                split(start, end, t - 1, cell);
                start = end;
            }
        }

        /** Gives domains that are in several cells a cell of their own, outside the tree. */
        private int[] unite() {
            int inTree = parents.size();
            for (int t = 1; t < tiers; t++) {
                for (int domain = 0; domain < partsOf[t].length; domain++) {
                    if (partsOf[t][domain] > 1) {
                        cellOf[t][domain] = parents.size();
                        parents.add(-1);
                        tierOf.add(t);
                        unions++;
                    }
                }
            }
            int[] union = new int[parents.size()];
            Arrays.fill(union, -1);
            for (int i = 0; i < order.length; i++) {
                for (int cell = parents.get(order[i]); cell >= 0; cell = parents.get(cell)) {
                    int of = cellOf[tierOf.get(cell)][topology.domainOf(tierOf.get(cell), order[i])];
                    union[cell] = of >= inTree ? of : -1;
                }
            }
            return union;
        }

        /** Children in fabric order of their first nodes; the children of a union are its parts. */
        int[] children(int[] childFrom) {
            boolean[] seen = new boolean[parents.size()];
            IntArrayList inOrder = new IntArrayList();
            for (int node : order) {
                for (int cell = node; cell >= 0 && !seen[cell]; cell = parents.get(cell)) {
                    seen[cell] = true;
                    inOrder.add(cell);
                }
            }
            for (int i = 0; i < inOrder.size(); i++) {
                count(childFrom, parents.get(inOrder.get(i)));
                count(childFrom, unionOf[inOrder.get(i)]);
            }
            for (int cell = 0; cell + 1 < childFrom.length; cell++) {
                childFrom[cell + 1] += childFrom[cell];
            }
            int[] next = childFrom.clone();
            int[] list = new int[childFrom[childFrom.length - 1]];
            for (int i = 0; i < inOrder.size(); i++) {
                int cell = inOrder.get(i);
                if (parents.get(cell) >= 0) {
                    list[next[parents.get(cell)]++] = cell;
                }
                if (unionOf[cell] >= 0) {
                    list[next[unionOf[cell]]++] = cell;
                }
            }
            return list;
        }

        private static void count(int[] childFrom, int of) {
            if (of >= 0) {
                childFrom[of + 1]++;
            }
        }

        /** The cells that stand for the domains of a tier, in fabric order of their first nodes. */
        int[] domainsInOrder(int t) {
            IntArrayList list = new IntArrayList();
            boolean[] seen = new boolean[cellOf[t].length];
            for (int node : order) {
                int domain = topology.domainOf(t, node);
                if (domain >= 0 && !seen[domain]) {
                    seen[domain] = true;
                    list.add(cellOf[t][domain]);
                }
            }
            return list.toArray();
        }
    }
}
