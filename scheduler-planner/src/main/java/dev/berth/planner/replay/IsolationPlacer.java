package dev.berth.planner.replay;

import dev.berth.ledger.Ledger;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Full isolation after Jigsaw (Smith and Lowenthal, HPDC 2021): no two jobs share a link. A job on one node uses no link and
 * goes to the node with the fewest free GPUs. A gang takes whole nodes: on one leaf, the tightest; else under one
 * switch above the leaves, equally many nodes on each of as few leaves as can be, and the rest on one more leaf, with as many
 * of each leaf's links upwards, to the same switches; else whole leaves, equally many under each switch, and the rest
 * under one more. A leaf has as many links upwards as nodes, so what is reserved with a whole leaf suffices further up.
 *
 * <p>The search over leaves gives up after {@value #MOST_STEPS} steps, as if there were no room.
 */
final class IsolationPlacer implements GangPlacer {
    private static final int MOST_STEPS = 20_000;

    private final PlainClaims claims;
    private final Switches switches;
    private final int[] leafSize;
    private final BitSet[] linksUsed;
    private final Long2ObjectOpenHashMap<Partition> partitions = new Long2ObjectOpenHashMap<>();

    /** Whole nodes and the links of their leaves. */
    private record Partition(IntArrayList nodes, List<Share> shares) {}

    /** Links upwards of a leaf that a job has to itself. */
    private record Share(int leaf, BitSet links) {}

    IsolationPlacer(Ledger ledger, Switches switches) {
        claims = new PlainClaims(ledger);
        this.switches = switches;
        leafSize = new int[switches.count(0)];
        linksUsed = new BitSet[leafSize.length];
        for (int node = 0; node < switches.nodeCount(); node++) {
            leafSize[switches.of(0, node)]++;
        }
        for (int leaf = 0; leaf < leafSize.length; leaf++) {
            linksUsed[leaf] = new BitSet(leafSize[leaf]);
        }
    }

    @Override
    public long @Nullable [] place(GangJob job) {
        if (!job.isGang()) {
            int node = tightestNode(job);
            return node < 0 ? null : claims.claim(new int[] {node}, job);
        }
        Partition partition = partition(job);
        if (partition == null) {
            return null;
        }
        partition.shares().forEach(share -> linksUsed[share.leaf()].or(share.links()));
        long[] held = claims.claim(partition.nodes().toIntArray(), job);
        partitions.put(held[0], partition);
        return held;
    }

    @Override
    public void left(long[] gone) {
        Partition partition = partitions.remove(gone[0]);
        if (partition != null) {
            partition.shares().forEach(share -> linksUsed[share.leaf()].andNot(share.links()));
        }
    }

    /** Fewest free GPUs; among equals, on the leaf with the fewest whole nodes, so that full leaves stay so. */
    private int tightestNode(GangJob job) {
        int[] whole = new int[leafSize.length];
        for (int node = 0; node < switches.nodeCount(); node++) {
            whole[switches.of(0, node)] += claims.isWhollyFree(node) ? 1 : 0;
        }
        int best = -1;
        int bestKey = Integer.MAX_VALUE;
        for (int node = 0; node < switches.nodeCount(); node++) {
            int key = claims.freeGpus(node) * (switches.nodeCount() + 1) + whole[switches.of(0, node)];
            if (claims.fits(node, job) > 0 && key < bestKey) {
                best = node;
                bestKey = key;
            }
        }
        return best;
    }

    private @Nullable Partition partition(GangJob job) {
        List<Leaf> leaves = freeLeaves(job);
        Leaf one = leaves.stream()
                .filter(leaf -> leaf.size() >= job.tasks())
                .min(Comparator.comparingInt(Leaf::size))
                .orElse(null);
        if (one != null) {
            return new Partition(IntArrayList.wrap(one.first(job.tasks())), List.of());
        }
        if (switches.levels() == 1) {
            return null;
        }
        for (List<Leaf> pod : pods(leaves)) {
            Partition found = inPod(pod, job.tasks());
            if (found != null) {
                return found;
            }
        }
        return acrossPods(leaves, job.tasks());
    }

    private List<Leaf> freeLeaves(GangJob job) {
        List<Leaf> leaves = new ArrayList<>();
        for (int leaf = 0; leaf < leafSize.length; leaf++) {
            leaves.add(new Leaf(leaf, new IntArrayList()));
        }
        for (int node = 0; node < switches.nodeCount(); node++) {
            if (claims.isWhollyFree(node) && claims.fits(node, job) > 0) {
                leaves.get(switches.of(0, node)).nodes().add(node);
            }
        }
        leaves.removeIf(leaf -> leaf.size() == 0);
        return leaves;
    }

    /** Leaves with room, by the switch above them, the fullest switch first. */
    private List<List<Leaf>> pods(List<Leaf> leaves) {
        List<List<Leaf>> pods = new ArrayList<>();
        for (int pod = 0; pod < switches.count(1); pod++) {
            int above = pod;
            pods.add(leaves.stream()
                    .filter(leaf -> switches.of(1, leaf.nodes().getInt(0)) == above)
                    .sorted(Comparator.comparingInt(Leaf::size))
                    .toList());
        }
        pods.sort(
                Comparator.comparingInt(pod -> pod.stream().mapToInt(Leaf::size).sum()));
        return pods;
    }

    private @Nullable Partition inPod(List<Leaf> pod, int tasks) {
        int most = pod.stream().mapToInt(Leaf::size).max().orElse(0);
        for (int each = Math.min(most, tasks - 1); each > 0; each--) {
            Search search = new Search(pod, each, tasks / each, tasks % each);
            Partition found = search.from(0, 0, null);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Equally many nodes on each of some leaves and the rest on one more, with links to the same switches. */
    private final class Search {
        private final List<Leaf> pod;
        private final int each;
        private final int full;
        private final int rest;
        private final int[] chosen;
        private int steps;

        Search(List<Leaf> pod, int each, int full, int rest) {
            this.pod = pod;
            this.each = each;
            this.full = full;
            this.rest = rest;
            chosen = new int[full];
        }

        @Nullable
        Partition from(int at, int depth, @Nullable BitSet common) {
            if (depth == full) {
                return common == null ? null : finished(common);
            }
            for (int next = at; next + (full - depth) <= pod.size() && steps++ < MOST_STEPS; next++) {
                Leaf leaf = pod.get(next);
                BitSet links = freeLinks(leaf.id(), common);
                if (leaf.size() >= each && links.cardinality() >= each) {
                    chosen[depth] = next;
                    Partition found = from(next + 1, depth + 1, links);
                    if (found != null) {
                        return found;
                    }
                }
            }
            return null;
        }

        private @Nullable Partition finished(BitSet common) {
            Leaf last = null;
            BitSet lastLinks = new BitSet();
            for (int at = 0; rest > 0 && last == null && at < pod.size(); at++) {
                BitSet links = freeLinks(pod.get(at).id(), common);
                if (!isChosen(at) && pod.get(at).size() >= rest && links.cardinality() >= rest) {
                    last = pod.get(at);
                    lastLinks = first(links, rest);
                }
            }
            if (rest > 0 && last == null) {
                return null;
            }
            BitSet same = (BitSet) lastLinks.clone();
            for (int link = common.nextSetBit(0); same.cardinality() < each; link = common.nextSetBit(link + 1)) {
                same.set(link);
            }
            IntArrayList nodes = new IntArrayList();
            List<Share> shares = new ArrayList<>();
            for (int at : chosen) {
                nodes.addElements(nodes.size(), pod.get(at).first(each));
                shares.add(new Share(pod.get(at).id(), same));
            }
            if (last != null) {
                nodes.addElements(nodes.size(), last.first(rest));
                shares.add(new Share(last.id(), lastLinks));
            }
            return new Partition(nodes, shares);
        }

        private boolean isChosen(int at) {
            for (int taken : chosen) {
                if (taken == at) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Links upwards of a leaf that no job has, of those in a set if there is one. */
    private BitSet freeLinks(int leaf, @Nullable BitSet within) {
        BitSet links = new BitSet(leafSize[leaf]);
        links.set(0, leafSize[leaf]);
        links.andNot(linksUsed[leaf]);
        if (within != null) {
            links.and(within);
        }
        return links;
    }

    private static BitSet first(BitSet links, int count) {
        BitSet first = new BitSet();
        for (int link = links.nextSetBit(0); first.cardinality() < count; link = links.nextSetBit(link + 1)) {
            first.set(link);
        }
        return first;
    }

    /** Whole leaves of one size, equally many under each switch and the rest under one more, and a part of one leaf. */
    private @Nullable Partition acrossPods(List<Leaf> leaves, int tasks) {
        if (switches.levels() < 3) { // the switch above the leaves joins all
            return null;
        }
        int[] sizes = leaves.stream().mapToInt(Leaf::size).distinct().toArray();
        for (int size : sizes) {
            List<List<Leaf>> pods = pods(leaves.stream()
                    .filter(leaf -> leaf.size() == size && isUntouched(leaf))
                    .toList());
            int whole = tasks / size;
            for (int each = whole; each > 0; each--) {
                List<Leaf> taken = balanced(pods, each, whole / each, whole % each);
                if (taken.size() == whole) {
                    Partition found = withRest(leaves, taken, tasks % size);
                    if (found != null) {
                        return found;
                    }
                }
            }
        }
        return null;
    }

    private boolean isUntouched(Leaf leaf) {
        return leaf.size() == leafSize[leaf.id()] && linksUsed[leaf.id()].isEmpty();
    }

    private static List<Leaf> balanced(List<List<Leaf>> pods, int each, int full, int rest) {
        List<Leaf> taken = new ArrayList<>();
        int fullLeft = full;
        int restLeft = rest;
        for (List<Leaf> pod : pods) {
            if (fullLeft > 0 && pod.size() >= each) {
                taken.addAll(pod.subList(0, each));
                fullLeft--;
            } else if (restLeft > 0 && pod.size() >= restLeft) {
                taken.addAll(pod.subList(0, restLeft));
                restLeft = 0;
            }
        }
        return taken;
    }

    private @Nullable Partition withRest(List<Leaf> leaves, List<Leaf> taken, int rest) {
        IntArrayList nodes = new IntArrayList();
        List<Share> shares = new ArrayList<>();
        for (Leaf leaf : taken) {
            nodes.addElements(nodes.size(), leaf.first(leaf.size()));
            shares.add(new Share(leaf.id(), freeLinks(leaf.id(), null)));
        }
        if (rest == 0) {
            return new Partition(nodes, shares);
        }
        for (Leaf leaf : leaves) {
            BitSet links = freeLinks(leaf.id(), null);
            if (!taken.contains(leaf) && leaf.size() >= rest && links.cardinality() >= rest) {
                nodes.addElements(nodes.size(), leaf.first(rest));
                shares.add(new Share(leaf.id(), first(links, rest)));
                return new Partition(nodes, shares);
            }
        }
        return null;
    }

    /** A leaf and those of its nodes that are wholly free. */
    private record Leaf(int id, IntArrayList nodes) {
        int size() {
            return nodes.size();
        }

        int[] first(int count) {
            return nodes.subList(0, count).toIntArray();
        }
    }
}
