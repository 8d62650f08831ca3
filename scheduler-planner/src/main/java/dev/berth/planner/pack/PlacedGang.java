package dev.berth.planner.pack;

/**
 * Where a gang stands, and how near its tasks are to each other. Tiers are names of {@link
 * dev.berth.cluster.Topology#tiers()}.
 *
 * @param job position of its job in the workload
 * @param gang number of the gang among those of its job, from 0 in the order of arrival
 * @param tasks number of its tasks
 * @param gpus number of GPUs that they hold whole or in part
 * @param nodes number of nodes on which they stand
 * @param tier lowest tier with a domain that holds them all
 * @param domain name of that domain
 * @param neededTier lowest tier with a domain that could hold them in an empty cluster
 */
public record PlacedGang(
        int job, int gang, int tasks, int gpus, int nodes, String tier, String domain, String neededTier) {}
