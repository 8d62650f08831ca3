package dev.berth.k8s.pods;

import dev.berth.placement.GangRequest;
import org.jspecify.annotations.Nullable;

/**
 * LeaderWorkerSets: each replica, a leader with its workers, is a gang. With exclusive topology no pod waits for others, because the
 * controller makes the workers when the leader has got a node; they only stay in one domain.
 */
final class LeaderWorkerSetGang implements GangConvention {
    private static final String PREFIX = "leaderworkerset.sigs.k8s.io/";
    private static final String SIZE = PREFIX + "size";
    private static final String WORKER_INDEX = PREFIX + "worker-index";
    private static final String SUBGROUP_SIZE = PREFIX + "subgroup-size";

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String set = words.label(PREFIX + "name");
        String replica = words.label(PREFIX + "group-index");
        if (set == null || replica == null) {
            return null;
        }
        int size = words.number(SIZE, 1, GangRequest.MAX_TASKS, 0);
        int rank = words.number(WORKER_INDEX, 0, GangRequest.MAX_TASKS - 1, -1);
        String name = set + "/" + replica;
        String exclusive = words.annotation(PREFIX + "exclusive-topology");
        if (exclusive != null) {
            return FoundGang.sized("leader-worker-set", name, 1, words.place(SIZE), size, rank)
                    .withTiers(exclusive, null);
        }
        FoundGang found = FoundGang.sized("leader-worker-set", name, size, words.place(SIZE), size, rank);
        String segment = words.annotation(PREFIX + "subgroup-exclusive-topology");
        int tasks = words.number(SUBGROUP_SIZE, 1, GangRequest.MAX_TASKS, 1);
        // The leader stands beside the subgroups where they take all workers; then ranks do not begin with a subgroup.
        boolean even = size > 0 && size % tasks == 0;
        return segment == null || !even ? found : found.withSegments(segment, tasks);
    }
}
