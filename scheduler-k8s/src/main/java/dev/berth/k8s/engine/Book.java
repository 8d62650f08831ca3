package dev.berth.k8s.engine;

import dev.berth.ClusterUpdate;
import dev.berth.Running;
import dev.berth.Scheduler;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.Topology;
import dev.berth.k8s.nodes.ClusterModel;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.placement.Answer;
import dev.berth.placement.GangAnswer;
import dev.berth.placement.GangPlacement;
import dev.berth.placement.GangRequest;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.LostRace;
import dev.berth.placement.Placement;
import dev.berth.placement.Proposal;
import dev.berth.placement.Request;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who holds what: core's scheduler, and a number that tells when something refused may fit. Touched under the engine's lock. */
final class Book implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Book.class);

    private final Scheduler scheduler;
    private ClusterModel model;
    final Holders holders;

    private long version;

    /**
     * An empty book.
     *
     * @param version higher than those of the book before, so that what was noted at one of them is not taken for true of this one
     */
    Book(ClusterModel model, long version) {
        this.model = model;
        this.version = version;
        scheduler = Scheduler.builder(model.cluster()).build();
        holders = new Holders(model.cluster());
    }

    /** Grows whenever something was freed or changed, so that what was refused may fit. */
    long version() {
        return version;
    }

    /** Something else has changed by which what was refused may fit. */
    void changed() {
        version++;
    }

    Cluster cluster() {
        return model.cluster();
    }

    boolean hasNode(String nodeName) {
        return model.cluster().nodeId(nodeName) >= 0;
    }

    List<String> nodeNames() {
        Cluster cluster = model.cluster();
        return IntStream.range(0, cluster.nodeCount())
                .mapToObj(cluster::nodeName)
                .toList();
    }

    void arrived(Request request) {
        scheduler.arrived(request);
    }

    /**
     * Places a task on one of some nodes, of all when there are none given.
     *
     * @return a {@link Placement} or a {@link dev.berth.placement.Refusal}
     */
    Answer place(Request request, @Nullable Collection<String> nodeNames) {
        return done(() -> plan(request, nodeNames));
    }

    /** The same for most of the nodes: the best of all is mostly among them, and is found without looking at each of them. */
    Answer placeAmong(Request request, Collection<String> nodeNames) {
        return done(() -> {
            Answer best = plan(request, null);
            return best instanceof Proposal proposal && nodeNames.contains(proposal.nodeName())
                    ? best
                    : plan(request, nodeNames);
        });
    }

    private Answer done(Supplier<Answer> plan) {
        while (true) {
            Answer answer = plan.get();
            if (!(answer instanceof Proposal proposal)) {
                return answer;
            }
            Answer placed = scheduler.commit(proposal);
            if (placed instanceof Placement placement) {
                return taken(placement);
            }
            if (!(placed instanceof LostRace)) {
                return placed;
            }
        }
    }

    /** Where a task would stand: a {@link Proposal} or a {@link dev.berth.placement.Refusal}. */
    Answer plan(Request request, @Nullable Collection<String> nodeNames) {
        return nodeNames == null ? scheduler.plan(request) : scheduler.plan(request, nodeNames);
    }

    GangAnswer place(GangRequest request, boolean arrival) {
        return taken(arrival ? scheduler.place(request) : scheduler.retry(request), 0);
    }

    GangAnswer grow(GangPlacement gang, int minMore, int maxMore) {
        return taken(scheduler.grow(gang, minMore, maxMore), gang.members().size());
    }

    private Placement taken(Placement placement) {
        holders.add(placement);
        return placement;
    }

    private GangAnswer taken(GangAnswer answer, int before) {
        if (answer instanceof GangPlacement gang) {
            gang.members().subList(before, gang.members().size()).forEach(this::taken);
        }
        return answer;
    }

    /** Whether the node of a placement still has its GPUs. */
    boolean canBe(Placement placement) {
        int node = cluster().nodeId(placement.nodeName());
        return node >= 0
                && placement.gpus().stream().allMatch(gpu -> gpu < cluster().gpuCount(node));
    }

    /**
     * Takes in what stands on a node that there is, whatever that leaves of it. Indices that cannot be, or that have no room for it, are taken as not
     * known: what an annotation says of them is only what was meant.
     */
    Placement adopt(Request request, String nodeName, List<Integer> gpus, String who) {
        return adoptAt(request, nodeName, holders.hasRoom(request, nodeName, gpus) ? gpus : List.of(), who);
    }

    /** Takes in what is known to have these GPUs, whatever else stands on them. */
    Placement adoptAt(Request request, String nodeName, List<Integer> gpus, String who) {
        try {
            return taken(scheduler.adopt(new Running(request, nodeName, gpus)));
        } catch (IllegalArgumentException e) {
            LOG.warn("{} on node {}: {}; its GPUs are taken as not known", who, nodeName, e.getMessage());
        }
        try {
            return taken(scheduler.adopt(new Running(request, nodeName, List.of())));
        } catch (IllegalArgumentException e) {
            LOG.warn("{} on node {}: {}; only its CPU and memory are counted", who, nodeName, e.getMessage());
            Request rest = new Request(
                    GpuDemand.NONE, request.cpuMilli(), request.memoryMib(), request.counted(), Set.of(), 0, Map.of());
            return scheduler.adopt(new Running(rest, nodeName, List.of()));
        }
    }

    void release(Placement placement) {
        scheduler.release(placement.claim());
        holders.remove(placement);
        version++;
    }

    boolean isLive(Placement placement) {
        return scheduler.placement(placement.claim()).isPresent();
    }

    void setState(String nodeName, NodeState state) {
        if (hasNode(nodeName)) {
            scheduler.setState(nodeName, state);
            version++;
        }
    }

    ClusterUpdate update(ClusterModel to) {
        ClusterUpdate update = scheduler.update(to.cluster());
        model = to;
        holders.use(to.cluster());
        version++;
        return update;
    }

    /**
     * The tier that a label of nodes or the name of a tier stands for.
     *
     * @throws IllegalArgumentException if it stands for none
     */
    @Nullable
    String tier(@Nullable String labelOrTier) {
        if (labelOrTier == null) {
            return null;
        }
        String byLabel = model.tierOfLabel().get(labelOrTier);
        if (byLabel != null) {
            return byLabel;
        }
        Topology topology = model.cluster().topology();
        if (topology.tiers().contains(labelOrTier) || labelOrTier.equals(GangRequest.ISLAND)) {
            return labelOrTier;
        }
        throw new IllegalArgumentException("tier is '" + labelOrTier + "', allowed: " + GangRequest.ISLAND + ", "
                + String.join(", ", topology.tiers())
                + (model.tierOfLabel().isEmpty()
                        ? ""
                        : ", or a label of "
                                + new java.util.TreeSet<>(model.tierOfLabel().keySet())));
    }

    LedgerSnapshot snapshot() {
        return scheduler.snapshot();
    }

    @Override
    public void close() {
        scheduler.close();
    }
}
