package dev.berth.placement;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a gang needs: tasks that start together or not at all. A value, compared by its fields. Made by {@link #of}.
 *
 * <p>Tiers are names of {@link dev.berth.cluster.Topology#tiers()}, or {@link #ISLAND} for the GPUs that NVLink or xGMI joins
 * at full bandwidth inside one node.
 *
 * @param task what each task needs
 * @param minTasks least number of tasks that the gang can run with, 1 to {@value #MAX_TASKS}
 * @param maxTasks number of tasks that it would like, {@code minTasks} to {@value #MAX_TASKS}. As many as fit are planned, before
 *     the tier is looked at
 * @param maxTasksPerNode most tasks on one node, 1 to {@value #MAX_TASKS_PER_NODE}
 * @param requiredTier all tasks stand in one domain of this tier or the gang is refused; null means the whole cluster
 * @param preferredTier nothing is gained below this tier, so that nodes of one domain of it are as good as neighbours; null
 *     means that the lowest tier is sought. Not above the required tier
 * @param spreadTier tasks are spread over domains of this tier, so that a failure of one takes few; null means they need not be
 * @param minDomains over how many domains of the spread tier at least, 1 when there is no spread tier. Their shares differ by one
 *     {@linkplain #segmentTasks segment} at most
 * @param segmentTasks consecutive ranks that stay together: tasks {@code 0 .. segmentTasks - 1}, and so on, each inside one
 *     domain of the segment tier. 1 when there is no segment tier. Numbers of tasks are multiples of it
 * @param segmentTier tier inside which each segment stays; null means none
 * @param sameModel whether all tasks run on one GPU model with one amount of memory
 * @param sameLabels labels whose value is the same on all nodes of the gang, such as a driver version. A node that lacks one is not
 *     used, because nothing says that it is the same
 * @param railAligned whether all nodes of the gang give GPUs of the same rails; the last node may give fewer
 * @param excludedNodes names of nodes that are not used; names that the cluster does not have are passed over
 */
public record GangRequest(
        Request task,
        int minTasks,
        int maxTasks,
        int maxTasksPerNode,
        @Nullable String requiredTier,
        @Nullable String preferredTier,
        @Nullable String spreadTier,
        int minDomains,
        int segmentTasks,
        @Nullable String segmentTier,
        boolean sameModel,
        SortedSet<String> sameLabels,
        boolean railAligned,
        SortedSet<String> excludedNodes) {
    /** Most tasks of a gang. */
    public static final int MAX_TASKS = 1 << 20;
    /** Most tasks of a gang on one node; also what is meant when nothing is said. */
    public static final int MAX_TASKS_PER_NODE = 511;
    /** The tier below {@code node}: GPUs of one node that NVLink or xGMI joins at full bandwidth. */
    public static final String ISLAND = "island";

    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException naming the field, its value and what is allowed
     */
    public GangRequest {
        require(minTasks >= 1 && minTasks <= MAX_TASKS, "minTasks", minTasks, "1 to " + MAX_TASKS);
        require(maxTasks >= minTasks && maxTasks <= MAX_TASKS, "maxTasks", maxTasks, minTasks + " to " + MAX_TASKS);
        require(
                maxTasksPerNode >= 1 && maxTasksPerNode <= MAX_TASKS_PER_NODE,
                "maxTasksPerNode",
                maxTasksPerNode,
                "1 to " + MAX_TASKS_PER_NODE);
        require(segmentTasks >= 1, "segmentTasks", segmentTasks, "1 or more");
        require(
                segmentTier != null || segmentTasks == 1,
                "segmentTasks",
                segmentTasks,
                "1, because no segmentTier is given");
        require(
                minTasks % segmentTasks == 0 && maxTasks % segmentTasks == 0,
                "segmentTasks",
                segmentTasks,
                "a number of which minTasks " + minTasks + " and maxTasks " + maxTasks + " are multiples");
        require(
                minDomains >= 1 && minDomains <= minTasks / segmentTasks,
                "minDomains",
                minDomains,
                "1 to " + minTasks / segmentTasks + ", as many as there are tasks or segments at least");
        require(spreadTier != null || minDomains == 1, "minDomains", minDomains, "1, because no spreadTier is given");
        require(!ISLAND.equals(spreadTier), "spreadTier", ISLAND, "a tier of the cluster, node or above");
        require(
                !railAligned || task.gpus() instanceof GpuDemand.Whole,
                "railAligned",
                true,
                "false, because the tasks take no whole GPUs");
        require(
                !railAligned || spreadTier == null && segmentTier == null && !ISLAND.equals(requiredTier),
                "railAligned",
                true,
                "false together with a spreadTier, a segmentTier or the requiredTier island");
        require(
                !ISLAND.equals(requiredTier) || task.gpus() instanceof GpuDemand.Whole,
                "requiredTier",
                ISLAND,
                "a tier of the cluster, because the tasks take no whole GPUs");
        require(
                !ISLAND.equals(requiredTier) || spreadTier == null && segmentTier == null,
                "requiredTier",
                ISLAND,
                "a tier of the cluster, together with a spreadTier or a segmentTier");
        require(
                !ISLAND.equals(segmentTier) || task.gpus() instanceof GpuDemand.Whole,
                "segmentTier",
                ISLAND,
                "a tier of the cluster, because the tasks take no whole GPUs");
        sameLabels = Collections.unmodifiableSortedSet(new TreeSet<>(sameLabels));
        excludedNodes = Collections.unmodifiableSortedSet(new TreeSet<>(excludedNodes));
    }

    private static void require(boolean ok, String field, Object value, String allowed) {
        if (!ok) {
            throw new IllegalArgumentException(field + " is " + value + ", allowed: " + allowed);
        }
    }

    /** A gang of exactly so many equal tasks, which may stand anywhere. */
    public static Builder of(Request task, int tasks) {
        return new Builder(task, tasks, tasks);
    }

    /** An elastic gang: as many tasks as fit, {@code maxTasks} at most and {@code minTasks} at least. */
    public static Builder elastic(Request task, int minTasks, int maxTasks) {
        return new Builder(task, minTasks, maxTasks);
    }

    /** Collects what a gang asks for. Not thread-safe. */
    public static final class Builder {
        private final Request task;
        private final int minTasks;
        private final int maxTasks;
        private int maxTasksPerNode = MAX_TASKS_PER_NODE;
        private @Nullable String requiredTier;
        private @Nullable String preferredTier;
        private @Nullable String spreadTier;
        private int minDomains = 1;
        private int segmentTasks = 1;
        private @Nullable String segmentTier;
        private boolean sameModel;
        private final SortedSet<String> sameLabels = new TreeSet<>();
        private boolean railAligned;
        private final SortedSet<String> excludedNodes = new TreeSet<>();

        private Builder(Request task, int minTasks, int maxTasks) {
            this.task = task;
            this.minTasks = minTasks;
            this.maxTasks = maxTasks;
        }

        /** At most so many tasks on one node. */
        public Builder maxTasksPerNode(int most) {
            maxTasksPerNode = most;
            return this;
        }

        /** All tasks in one domain of this tier, or none at all. */
        public Builder within(String tier) {
            requiredTier = tier;
            return this;
        }

        /** One domain of this tier will do; nothing is gained below it. */
        public Builder preferably(String tier) {
            preferredTier = tier;
            return this;
        }

        /** Evenly over at least so many domains of a tier. */
        public Builder spreadOver(String tier, int domains) {
            spreadTier = tier;
            minDomains = domains;
            return this;
        }

        /** In groups of consecutive ranks, each inside one domain of a tier. */
        public Builder segments(int tasks, String tier) {
            segmentTasks = tasks;
            segmentTier = tier;
            return this;
        }

        /** All on one GPU model. */
        public Builder sameModel() {
            sameModel = true;
            return this;
        }

        /** All on nodes on which these labels have one value. */
        public Builder sameLabels(Collection<String> labels) {
            sameLabels.addAll(labels);
            return this;
        }

        /** The same rails on all nodes. */
        public Builder railAligned() {
            railAligned = true;
            return this;
        }

        /** Not on these nodes. */
        public Builder excluding(Collection<String> nodeNames) {
            excludedNodes.addAll(nodeNames);
            return this;
        }

        /**
         * The request.
         *
         * @throws IllegalArgumentException naming the field, its value and what is allowed
         */
        public GangRequest build() {
            return new GangRequest(
                    task,
                    minTasks,
                    maxTasks,
                    maxTasksPerNode,
                    requiredTier,
                    preferredTier,
                    spreadTier,
                    minDomains,
                    segmentTasks,
                    segmentTier,
                    sameModel,
                    sameLabels,
                    railAligned,
                    excludedNodes);
        }
    }
}
