package dev.berth.placement;

/**
 * Spreads segments evenly over groups: all groups that have any have equally many, or some of them one more. Its buffers are
 * used again.
 */
final class EvenShares {
    private int[] shares = new int[64];
    private long[] free = new long[64];
    private int freeGroups;
    private int standingGroups;

    /**
     * Finds the smallest number of groups, {@code minDomains} at least, over which so many further segments can be spread; the ones
     * that have some already are among them. O(groups * log) and O(groups) for each number of groups.
     *
     * @return whether there is one; {@link #share} answers for it then
     */
    boolean find(GangParts parts, int units, int minDomains) {
        int groups = parts.groups();
        if (shares.length < groups) {
            shares = new int[2 * groups];
            free = new long[2 * groups];
        }
        freeGroups = 0;
        standingGroups = 0;
        int all = units;
        for (int group = 0; group < groups; group++) {
            shares[group] = 0;
            all += parts.groupStanding(group);
            standingGroups += parts.groupStanding(group) > 0 ? 1 : 0;
            if (parts.groupStanding(group) == 0 && parts.groupUnits(group) > 0) {
                free[freeGroups++] = Fewest.word(parts.groupUnits(group), group);
            }
        }
        LongSort.sort(free, 0, freeGroups);
        int most = Math.min(all, standingGroups + freeGroups);
        for (int domains = Math.max(minDomains, Math.max(1, standingGroups)); domains <= most; domains++) {
            if (spread(parts, all / domains, all % domains, domains - standingGroups)) {
                return true;
            }
        }
        return false;
    }

    /** Segments that a group is given. */
    int share(int group) {
        return shares[group];
    }

    /** Tries to have {@code each} segments in every group, and {@code more} groups with one more. */
    private boolean spread(GangParts parts, int each, int more, int further) {
        if (further > 0 && Fewest.units(free[freeGroups - further]) < each) {
            return false;
        }
        int withMore = 0;
        int mayHaveMore = 0;
        for (int group = 0; group < parts.groups(); group++) {
            int standing = parts.groupStanding(group);
            if (standing > 0) {
                int most = standing + parts.groupUnits(group);
                if (most < each || standing > each + 1) {
                    return false;
                }
                withMore += standing > each ? 1 : 0;
                mayHaveMore += most > each ? 1 : 0;
            }
        }
        int freeWithMore = 0;
        for (int i = freeGroups - further; i < freeGroups; i++) {
            freeWithMore += Fewest.units(free[i]) > each ? 1 : 0;
        }
        if (withMore > more || mayHaveMore + freeWithMore < more) {
            return false;
        }
        share(parts, each, more - withMore, further, freeWithMore);
        return true;
    }

    private void share(GangParts parts, int each, int more, int further, int freeWithMore) {
        int withOneMore = more;
        for (int group = 0; group < parts.groups(); group++) {
            int standing = parts.groupStanding(group);
            if (standing > 0 && standing <= each) {
                boolean one = withOneMore > freeWithMore && standing + parts.groupUnits(group) > each;
                shares[group] = each - standing + (one ? 1 : 0);
                withOneMore -= one ? 1 : 0;
            }
        }
        int withEach = further - withOneMore;
        // From the smallest on: those that can have no more than the share first, then those that can.
        for (int i = 0; withEach + withOneMore > 0; i++) {
            int room = Fewest.units(free[i]);
            if (room >= each && withEach > 0) {
                shares[Fewest.id(free[i])] = each;
                withEach--;
            } else if (room > each) {
                shares[Fewest.id(free[i])] = each + 1;
                withOneMore--;
            }
        }
    }
}
