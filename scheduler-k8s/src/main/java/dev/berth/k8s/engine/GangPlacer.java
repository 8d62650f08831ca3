package dev.berth.k8s.engine;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import dev.berth.k8s.pods.GangNeed;
import dev.berth.placement.GangAnswer;
import dev.berth.placement.GangPlacement;
import dev.berth.placement.GangRefusal;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Placement;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Places the members of a gang that have no place: all that it needs, or none. Members of one kind are placed as core's gangs are; a gang of several
 * kinds (a launcher and its workers) kind by kind, those with most GPUs first, and taken back whole when one kind does not fit. Touched under the engine's lock.
 */
final class GangPlacer {
    private final Book book;
    private final Reading reading;

    /** Members that ask for the same and may stand on the same nodes. */
    private record Kind(Request request, @Nullable Collection<String> allowed) {}

    GangPlacer(Book book, Reading reading) {
        this.book = book;
        this.reading = reading;
    }

    /**
     * Gives members places; their entries then have them, the gang's {@code refusal} says why not when it returns false.
     *
     * @param unplaced the members that are to have places
     * @param within names of nodes that may be used, null for all
     */
    boolean place(GangEntry gang, List<PodEntry> unplaced, @Nullable Collection<String> within) {
        unplaced.sort(Comparator.comparingInt((PodEntry member) -> statedRank(member))
                .thenComparing(member -> member.ref.name(), NaturalOrder.INSTANCE));
        List<Map.Entry<Kind, List<PodEntry>>> kinds =
                new ArrayList<>(kinds(unplaced).entrySet());
        kinds.sort(Comparator.comparingInt(kind -> -kind.getKey().request.gpuMilli()));
        List<PodEntry> given = new ArrayList<>();
        try {
            int standing = gang.standing();
            for (int i = 0; i < kinds.size(); i++) {
                List<PodEntry> members = kinds.get(i).getValue();
                // With several kinds nothing says which of them could be fewer.
                int least = kinds.size() > 1 ? members.size() : Math.max(1, gang.minTasks() - standing);
                if (!placeKind(gang, kinds.get(i).getKey(), members, Math.min(least, members.size()), within, given)) {
                    takeBack(given);
                    return false;
                }
            }
        } catch (IllegalArgumentException e) {
            takeBack(given);
            gang.refusal = RefusalText.of("cannot be planned: " + e.getMessage());
            return false;
        }
        gang.refusal = RefusalText.NONE;
        giveRanks(gang);
        return true;
    }

    private static int statedRank(PodEntry member) {
        int rank = member.need == null ? -1 : member.need.rank();
        return rank < 0 ? Integer.MAX_VALUE : rank;
    }

    private Map<Kind, List<PodEntry>> kinds(List<PodEntry> members) {
        Map<Kind, List<PodEntry>> kinds = new LinkedHashMap<>();
        Map<Request, IdentityHashMap<Object, Kind>> known = new LinkedHashMap<>();
        for (PodEntry member : members) {
            Request request = java.util.Objects.requireNonNull(member.need).request();
            Collection<String> allowed = reading.allowed(member.pod);
            Kind kind = known.computeIfAbsent(request, r -> new IdentityHashMap<>())
                    .computeIfAbsent(allowed == null ? kinds : allowed, a -> new Kind(request, allowed));
            kinds.computeIfAbsent(kind, k -> new ArrayList<>()).add(member);
        }
        return kinds;
    }

    private boolean placeKind(
            GangEntry gang,
            Kind kind,
            List<PodEntry> members,
            int least,
            @Nullable Collection<String> within,
            List<PodEntry> given) {
        List<Placement> standing = new ArrayList<>();
        for (PodEntry member : gang.members.values()) {
            if (member.placement != null && member.placement.request().equals(kind.request)) {
                standing.add(member.placement);
            }
        }
        boolean first = standing.isEmpty();
        GangRequest request = request(
                gang.need, kind, first ? least : 1, first ? members.size() : standing.size() + members.size(), within);
        GangAnswer answer = first
                ? book.place(request, !members.get(0).arrived)
                : book.grow(
                        new GangPlacement(request, standing, Topology.NODE, Topology.NODE, 0, 0, null),
                        least,
                        members.size());
        members.forEach(member -> member.arrived = true);
        if (answer instanceof GangRefusal refusal) {
            gang.refusal = RefusalText.of(refusal, reading.whyNotAllowed(members.get(0).pod));
            return false;
        }
        GangPlacement placed = (GangPlacement) answer;
        gang.tier = placed.tier();
        for (int i = standing.size(); i < placed.members().size(); i++) {
            PodEntry member = members.get(i - standing.size());
            member.placement = placed.members().get(i);
            given.add(member);
        }
        return true;
    }

    private GangRequest request(GangNeed need, Kind kind, int min, int max, @Nullable Collection<String> within) {
        GangRequest.Builder builder = GangRequest.elastic(kind.request, min, max);
        String required = book.tier(need.requiredTier());
        if (required != null) {
            builder.within(required);
        }
        String preferred = book.tier(need.preferredTier());
        if (preferred != null) {
            builder.preferably(preferred);
        }
        String spread = book.tier(need.spreadTier());
        if (spread != null) {
            builder.spreadOver(spread, need.minDomains());
        }
        String segment = book.tier(need.segmentTier());
        if (segment != null) {
            builder.segments(need.segmentTasks(), segment);
        }
        if (need.sameModel()) {
            builder.sameModel();
        }
        builder.sameLabels(need.sameLabels());
        if (need.railAligned()) {
            builder.railAligned();
        }
        if (need.maxTasksPerNode() > 0) {
            builder.maxTasksPerNode(Math.min(need.maxTasksPerNode(), GangRequest.MAX_TASKS_PER_NODE));
        }
        if (kind.allowed != null) {
            builder.excluding(others(kind.allowed));
        }
        if (within != null) {
            builder.excluding(others(within));
        }
        return builder.build();
    }

    /** Names of the nodes that are not among these. */
    private Set<String> others(Collection<String> nodeNames) {
        Set<String> named = new HashSet<>(nodeNames);
        Set<String> others = new TreeSet<>();
        Cluster cluster = book.cluster();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (!named.contains(cluster.nodeName(node))) {
                others.add(cluster.nodeName(node));
            }
        }
        return others;
    }

    private void takeBack(List<PodEntry> given) {
        for (PodEntry member : given) {
            book.release(java.util.Objects.requireNonNull(member.placement));
            member.placement = null;
        }
    }

    /** Ranks that pods state stay; the others get the free numbers in the order of the members' names. */
    private static void giveRanks(GangEntry gang) {
        Set<Integer> taken = new HashSet<>();
        List<PodEntry> without = new ArrayList<>();
        for (PodEntry member : gang.members.values()) {
            int stated = member.need == null ? -1 : member.need.rank();
            if (stated >= 0) {
                member.rank = stated;
            } else if (member.rank < 0 && member.placement != null) {
                without.add(member);
            }
            if (member.rank >= 0) {
                taken.add(member.rank);
            }
        }
        without.sort(Comparator.comparing(member -> member.ref.name(), NaturalOrder.INSTANCE));
        int next = 0;
        for (PodEntry member : without) {
            while (!taken.add(next)) {
                next++;
            }
            member.rank = next;
        }
    }
}
