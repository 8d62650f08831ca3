package dev.berth.planner.io;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Places over which the members of a group are spread in order, equally many in each: racks, switches, NVLink domains. */
final class Spread {
    private final @Nullable YamlValue value;
    private final @Nullable NamePattern places;
    private final int members;

    /**
     * Reads the places.
     *
     * @param value one name or a range, or null for none
     * @param kind what messages call the places
     * @param members how many members the group has
     * @param memberKind what messages call the members
     */
    Spread(@Nullable YamlValue value, String kind, int members, String memberKind) {
        this.value = value;
        this.members = members;
        places = value == null ? null : value.names();
        if (value != null && places != null && members % places.size() != 0) {
            throw value.complain("names " + places.size() + " " + kind + " for " + members + " " + memberKind
                    + ", allowed: a number of " + kind + " by which the number of " + memberKind + " can be divided");
        }
    }

    /** The place of a member, or null for none. */
    @Nullable
    String name(int member) {
        return places == null ? null : places.name((int) ((long) member * places.size() / members));
    }

    /** Complains when a place is not among those that are there. */
    void refuseUnknown(Set<String> known, String kind) {
        for (int i = 0; value != null && places != null && i < places.size(); i++) {
            if (!known.contains(places.name(i))) {
                throw value.complain("names '" + places.name(i) + "', allowed: names of the " + kind
                        + (known.isEmpty() ? ", of which the file describes none" : ""));
            }
        }
    }
}
