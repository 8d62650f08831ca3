package dev.berth.planner.imports;

import dev.berth.cluster.Topology;

/**
 * Figures of one tier.
 *
 * @param fewest nodes of the smallest domain
 * @param most nodes of the largest domain
 * @param inNone nodes in no domain of the tier
 * @param leastOversubscription 0 when it is known of no domain
 * @param mostOversubscription 0 when it is known of no domain
 */
record TierFigures(int fewest, int most, int inNone, double leastOversubscription, double mostOversubscription) {
    static TierFigures of(Topology topology, int tier, int nodes) {
        int fewest = Integer.MAX_VALUE;
        int most = 0;
        int inNone = nodes;
        double least = Double.MAX_VALUE;
        double greatest = 0;
        for (int domain = 0; domain < topology.domainCount(tier); domain++) {
            int members = topology.memberCount(tier, domain);
            fewest = Math.min(fewest, members);
            most = Math.max(most, members);
            inNone -= members;
            double oversubscription = topology.oversubscription(tier, domain);
            if (oversubscription > 0) {
                least = Math.min(least, oversubscription);
                greatest = Math.max(greatest, oversubscription);
            }
        }
        return new TierFigures(Math.min(fewest, most), most, inNone, greatest == 0 ? 0 : least, greatest);
    }
}
