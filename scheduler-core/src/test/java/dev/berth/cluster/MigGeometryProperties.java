package dev.berth.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Laws of placing and removing instances one after the other. */
final class MigGeometryProperties {
    @Property(tries = 500)
    void occupancyIsAlwaysTheUnionOfWhatStandsAndSlicesAreNeverShared(
            @ForAll @IntRange(max = 13) int model, @ForAll @Size(max = 60) List<@IntRange(max = 999) Integer> choices) {
        MigGeometry geometry = MigGeometryTest.geometry(MigGeometryTest.MODELS.get(model));
        List<Integer> standing = new ArrayList<>();
        int occupancy = 0;
        for (int choice : choices) {
            if (choice % 3 == 0 && !standing.isEmpty()) {
                occupancy &= ~standing.remove(choice / 3 % standing.size());
            } else {
                int p = choice % geometry.profileCount();
                int start = geometry.bestStart(p, occupancy);
                assertThat(start >= 0).isEqualTo(geometry.roomFor(p, occupancy) > 0);
                assertThat(start >= 0).isEqualTo(geometry.placeableStarts(p, occupancy) != 0);
                if (start >= 0) {
                    assertThat(geometry.placeableStarts(p, occupancy) >>> start & 1)
                            .isOne();
                    standing.add(geometry.occupancyOf(p, start));
                    occupancy += geometry.occupancyOf(p, start);
                }
            }
            assertThat(occupancy).isEqualTo(standing.stream().mapToInt(i -> i).sum());
            assertThat(occupancy).isLessThan(MigGeometry.OCCUPANCIES);
        }
    }

    @Property(tries = 500)
    void moreOccupancyNeverMeansMoreRoom(
            @ForAll @IntRange(max = 13) int model,
            @ForAll @IntRange(max = 511) int occupancy,
            @ForAll @IntRange(max = 511) int more) {
        MigGeometry geometry = MigGeometryTest.geometry(MigGeometryTest.MODELS.get(model));
        for (int p = 0; p < geometry.profileCount(); p++) {
            assertThat(geometry.roomFor(p, occupancy | more)).isLessThanOrEqualTo(geometry.roomFor(p, occupancy));
            assertThat(geometry.placeableStarts(p, occupancy | more) & ~geometry.placeableStarts(p, occupancy))
                    .isZero();
        }
    }
}
