package dev.berth.k8s.pods;

import dev.berth.placement.GangRequest;
import org.jspecify.annotations.Nullable;

/**
 * JobSets. Nothing on their pods says how many there will be, so a JobSet is a gang as a whole only where {@code berth.dev/gang-size} or
 * {@code berth.dev/gang-min} says so. Otherwise, with exclusive topology, the pods of each job stay in one domain, but none waits for
 * others: the JobSet controller makes the followers of a job when its first pod has got a node.
 */
final class JobSetGang implements GangConvention {
    private static final String PREFIX = "jobset.sigs.k8s.io/";
    private static final String GLOBAL_INDEX = PREFIX + "job-global-index";
    private static final String GLOBAL_REPLICAS = PREFIX + "global-replicas";

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String set = words.either(PREFIX + "jobset-name");
        if (set == null) {
            return null;
        }
        if (OwnSizes.isSaid(words)) {
            return FoundGang.sized("jobset", set, 0, "annotation " + OwnSizes.MIN, 0, rank(words));
        }
        String exclusive = words.annotation("alpha.jobset.sigs.k8s.io/exclusive-topology");
        String job = Gangs.first(words.either(PREFIX + "job-key"), words.either(GLOBAL_INDEX));
        if (exclusive == null || job == null) {
            return null;
        }
        return FoundGang.sized("jobset", set + "/" + job, 1, "", 0, Gangs.completionIndex(words))
                .withTiers(exclusive, null);
    }

    /** Over all jobs, which have equally many pods if the gang's size is a multiple of their number; -1 when that cannot be said. */
    private static int rank(Words words) {
        int index = Gangs.completionIndex(words);
        if (words.either(GLOBAL_INDEX) == null || words.either(GLOBAL_REPLICAS) == null) {
            return -1;
        }
        int job = words.number(GLOBAL_INDEX, 0, GangRequest.MAX_TASKS - 1, -1);
        int jobs = words.number(GLOBAL_REPLICAS, 1, GangRequest.MAX_TASKS, 0);
        int total = OwnSizes.read(words).total();
        if (job < 0 || job >= jobs || total == 0 || total % jobs != 0) {
            return -1;
        }
        int each = total / jobs;
        int inJob = index < 0 && each == 1 ? 0 : index;
        return inJob < 0 || inJob >= each ? -1 : job * each + inJob;
    }
}
