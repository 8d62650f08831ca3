package dev.berth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.MigOracle.Instance;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class MigGeometryTest {
    static final List<String> MODELS = List.of(
            "A100-40GB",
            "A100-80GB",
            "H100-80GB",
            "H100-94GB",
            "H100-96GB",
            "GH200-144GB",
            "H200",
            "B200",
            "B300",
            "GB200",
            "GB300",
            "A30",
            "RTX-PRO-6000",
            "RTX-PRO-5000");

    static Stream<MigGeometry> geometries() {
        return MODELS.stream().map(MigGeometryTest::geometry);
    }

    static MigGeometry geometry(String model) {
        return Objects.requireNonNull(MigGeometry.find(model, 0), model);
    }

    private static IntPredicate withoutMedia(MigGeometry geometry) {
        return p -> !geometry.profileName(p).endsWith("+me");
    }

    /** Counts states, maximal states and their distinct multisets of profiles. */
    private static List<Integer> counts(MigGeometry geometry, IntPredicate profiles) {
        MigOracle oracle = new MigOracle(geometry, profiles);
        Set<Set<Instance>> states = oracle.states();
        List<Set<Instance>> maximal = states.stream().filter(oracle::isMaximal).toList();
        Set<List<Integer>> multisets = maximal.stream()
                .map(state -> state.stream().map(Instance::profile).sorted().toList())
                .collect(Collectors.toSet());
        return List.of(states.size(), maximal.size(), multisets.size());
    }

    @ParameterizedTest
    @CsvSource({"A100-40GB", "A100-80GB", "H100-80GB", "H100-94GB", "H200", "B200", "GB300"})
    void sevenSliceModelsHaveTheKnownNumberOfStates(String model) {
        MigGeometry geometry = geometry(model);
        // The guide's 19 ways to fill an A100 are the maximal states without the 1g of double memory, which came later.
        assertThat(counts(geometry, p -> withoutMedia(geometry).test(p) && !isDoubleMemory(geometry, p)))
                .containsExactly(298, 19, 14);
        assertThat(counts(geometry, withoutMedia(geometry))).containsExactly(723, 78, 38);
    }

    private static boolean isDoubleMemory(MigGeometry geometry, int p) {
        return geometry.sizeSlices(p) == 2 && geometry.computeSlices(p) == 1;
    }

    @Test
    void a30HasTheKnownNumberOfStates() {
        MigGeometry geometry = geometry("A30");
        assertThat(counts(geometry, withoutMedia(geometry))).containsExactly(26, 5, 4);
    }

    @ParameterizedTest
    @MethodSource("geometries")
    void instancesExcludeEachOtherExactlyWhenTheirOccupanciesIntersect(MigGeometry geometry) {
        MigOracle oracle = new MigOracle(geometry, p -> true);
        for (Set<Instance> state : oracle.states()) {
            int occupancy = oracle.occupancy(state);
            for (Instance joining : oracle.instances()) {
                boolean free = (geometry.occupancyOf(joining.profile(), joining.start()) & occupancy) == 0;
                assertThat(free).as("%s beside %s", joining, state).isEqualTo(oracle.mayJoin(state, joining));
                boolean placeable =
                        (geometry.placeableStarts(joining.profile(), occupancy) >>> joining.start() & 1) != 0;
                assertThat(placeable).isEqualTo(free);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("geometries")
    void theBestStartIsTheBestOfAllByItsDefinition(MigGeometry geometry) {
        MigOracle oracle = new MigOracle(geometry, p -> true);
        Set<Integer> occupancies =
                oracle.states().stream().map(oracle::occupancy).collect(Collectors.toCollection(HashSet::new));
        for (int occupancy : occupancies) {
            for (int p = 0; p < geometry.profileCount(); p++) {
                assertThat(geometry.roomFor(p, occupancy)).isEqualTo(oracle.room(p, occupancy));
                assertThat(geometry.bestStart(p, occupancy))
                        .as("%s in %s", geometry.profileName(p), Integer.toBinaryString(occupancy))
                        .isEqualTo(oracle.bestStart(p, occupancy));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("geometries")
    void everyStartIsInsideTheGpuAndAlignedInRoom(MigGeometry geometry) {
        for (int p = 0; p < geometry.profileCount(); p++) {
            assertThat(geometry.startMask(p)).isNotZero();
            for (int start = 0; start < geometry.slices(); start++) {
                if ((geometry.startMask(p) >>> start & 1) != 0) {
                    assertThat(start + geometry.sizeSlices(p)).isLessThanOrEqualTo(geometry.slices());
                    int slices = geometry.occupancyOf(p, start) & 0xFF;
                    assertThat(Integer.bitCount(slices)).isEqualTo(geometry.sizeSlices(p));
                    assertThat(Integer.numberOfTrailingZeros(slices)).isEqualTo(start);
                }
            }
            assertThat(geometry.roomFor(p, 0)).isEqualTo(geometry.maxInstances(p));
            assertThat(geometry.bestStart(p, MigGeometry.OCCUPANCIES - 1)).isEqualTo(-1);
        }
    }

    @Test
    void smallInstancesKeepThe4gAndThe2gPossibleAsLongAsAnyOrderCould() {
        MigGeometry geometry = geometry("A100-80GB");
        MigOracle onlySmall = new MigOracle(geometry, p -> p == 0);
        Set<Set<Instance>> states = onlySmall.states();
        int occupancy = 0;
        List<Integer> starts = new ArrayList<>();
        for (int placed = 0; placed <= 7; placed++) {
            int count = placed;
            // Not the 3g: after four instances it could still stand at slice 4, had the 4g been given up at once.
            for (int p : List.of(geometry.profileIndex("4g.40gb"), geometry.profileIndex("2g.20gb"))) {
                int larger = p;
                int most = states.stream()
                        .filter(state -> state.size() == count)
                        .mapToInt(state -> geometry.roomFor(larger, onlySmall.occupancy(state)))
                        .max()
                        .orElseThrow();
                assertThat(geometry.roomFor(p, occupancy) > 0)
                        .as("%s after %d", geometry.profileName(p), placed)
                        .isEqualTo(most > 0);
            }
            if (placed < 7) {
                starts.add(geometry.bestStart(0, occupancy));
                occupancy |= geometry.occupancyOf(0, geometry.bestStart(0, occupancy));
            }
        }
        assertThat(starts).startsWith(6, 5, 4, 3, 2);
    }

    @Test
    void placementIsWhatAnOperatorWouldDoByHand() {
        MigGeometry geometry = geometry("H100-80GB");
        int p2g = geometry.profileIndex("2g.20gb");
        int p3g = geometry.profileIndex("3g.40gb");
        assertThat(geometry.bestStart(p3g, 0)).isEqualTo(4);
        assertThat(geometry.bestStart(p2g, 0)).isEqualTo(4);
        assertThat(geometry.bestStart(geometry.profileIndex("1g.20gb"), 0)).isEqualTo(6);
        assertThat(geometry.bestStart(p3g, geometry.occupancyOf(0, 6))).isZero();
        assertThat(geometry.bestStart(geometry.profileIndex("7g.80gb"), geometry.occupancyOf(0, 6)))
                .isEqualTo(-1);
    }

    @Test
    void oneMediaExtensionPerGpu() {
        MigGeometry geometry = geometry("A30");
        int small = geometry.profileIndex("1g.6gb+me");
        int large = geometry.profileIndex("2g.12gb.me");
        assertThat(geometry.profileName(large)).isEqualTo("2g.12gb+me");
        int occupancy = geometry.occupancyOf(small, 3);
        assertThat(geometry.placeableStarts(large, occupancy)).isZero();
        assertThat(geometry.placeableStarts(geometry.profileIndex("2G.12GB"), occupancy))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "NVIDIA-A100-SXM4-80GB, 81920, A100-80GB",
                "NVIDIA-A100-SXM4-80GB, 0, A100-80GB",
                "NVIDIA A100-SXM4-40GB, 40536, A100-40GB",
                "NVIDIA-A100-80GB-PCIe, 81251, A100-80GB",
                "nvidia_a100_80gb_pcie, 0, A100-80GB",
                "nvidia-tesla-a100, 0, A100-40GB",
                "a100, 0, A100-40GB",
                "A100, 81920, A100-80GB",
                "A100, 80000, A100-80GB",
                "A100, 40960, A100-40GB",
                "A100-80GB, 40960, A100-40GB",
                "A100, 20000, none",
                "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb, 9728, A100-80GB",
                "NVIDIA-A800-SXM4-80GB, 81920, A100-80GB",
                "NVIDIA-H100-80GB-HBM3, 81559, H100-80GB",
                "NVIDIA-H100-PCIe, 81559, H100-80GB",
                "H100-SXM5-80GB, 81920, H100-80GB",
                "nvidia-h100-mega-80gb, 0, H100-80GB",
                "NVIDIA-H100-NVL, 95830, H100-94GB",
                "NVIDIA-H100-NVL, 0, H100-94GB",
                "H100, 96256, H100-94GB",
                "H100-96GB, 96000, H100-96GB",
                "NVIDIA-GH200-480GB, 97871, H100-96GB",
                "NVIDIA GH200 480GB, 0, H100-96GB",
                "NVIDIA-GH200-144G-HBM3e, 0, GH200-144GB",
                "NVIDIA-H200, 143771, H200-141GB",
                "NVIDIA-H200-NVL, 143771, H200-141GB",
                "nvidia-h200-141gb, 144384, H200-141GB",
                "NVIDIA-B200, 183359, B200-180GB",
                "B200-192GB, 196608, B200-180GB",
                "NVIDIA-B300-SXM6-AC, 275040, B300-269GB",
                "GB200, 189471, GB200-186GB",
                "NVIDIA GB300 NVL, 284208, GB300-278GB",
                "NVIDIA-A30, 24576, A30-24GB",
                "a30, 0, A30-24GB",
                "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition, 97887, RTX-PRO-6000-96GB",
                "nvidia-rtx-pro-6000, 0, RTX-PRO-6000-96GB",
                "RTXPRO6000, 0, RTX-PRO-6000-96GB",
                "RTX PRO6000, 0, RTX-PRO-6000-96GB",
                "NVIDIA RTX PRO 5000 Blackwell, 48935, RTX-PRO-5000-48GB",
                "NVIDIA RTX PRO 5000 Blackwell, 73728, none",
                "NVIDIA RTX PRO 6000D, 0, none",
                "Quadro RTX 6000, 24576, none",
                "NVIDIA-RTX-6000-Ada-Generation, 49140, none",
                "Tesla-T4, 15360, none",
                "Tesla-V100-SXM2-32GB, 32768, none",
                "NVIDIA-L40S, 46068, none",
                "NVIDIA-A10, 23028, none",
                "AMD-Instinct-MI300X-OAM, 196592, none",
                "'', 0, none",
                "none, 0, none"
            })
    void modelsAreFoundByTheSpellingsInUse(String model, int memoryMib, String name) {
        MigGeometry found = MigGeometry.find(model, memoryMib);
        assertThat(found == null ? null : found.name()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "A100-40GB, 1g.5gb 1g.5gb+me 1g.10gb 2g.10gb 3g.20gb 4g.20gb 7g.40gb",
        "A100-80GB, 1g.10gb 1g.10gb+me 1g.20gb 2g.20gb 3g.40gb 4g.40gb 7g.80gb",
        "H100-94GB, 1g.12gb 1g.12gb+me 1g.24gb 2g.24gb 3g.47gb 4g.47gb 7g.94gb",
        "GH200, 1g.12gb 1g.12gb+me 1g.24gb 2g.24gb 3g.48gb 4g.48gb 7g.96gb",
        "H200, 1g.18gb 1g.18gb+me 1g.35gb 2g.35gb 3g.71gb 4g.71gb 7g.141gb",
        "B200, 1g.23gb 1g.23gb+me 1g.45gb 2g.45gb 3g.90gb 4g.90gb 7g.180gb",
        "B300, 1g.34gb 1g.34gb+me 1g.67gb 2g.67gb 3g.135gb 4g.135gb 7g.269gb",
        "GB200, 1g.23gb 1g.23gb+me 1g.47gb 2g.47gb 3g.93gb 4g.93gb 7g.186gb",
        "GB300, 1g.35gb 1g.35gb+me 1g.70gb 2g.70gb 3g.139gb 4g.139gb 7g.278gb",
        "A30, 1g.6gb 1g.6gb+me 2g.12gb 2g.12gb+me 4g.24gb"
    })
    void profilesHaveTheNamesThatNvidiaSmiPrints(String model, String names) {
        MigGeometry geometry = geometry(model);
        List<String> profiles = new ArrayList<>();
        for (int p = 0; p < geometry.profileCount(); p++) {
            profiles.add(geometry.profileName(p));
            assertThat(geometry.profileIndex(geometry.profileName(p))).isEqualTo(p);
        }
        assertThat(String.join(" ", profiles)).isEqualTo(names);
        assertThat(geometry.profileIndex("5g.99gb")).isEqualTo(-1);
    }

    @Test
    void wrongArgumentsAreNamed() {
        MigGeometry geometry = geometry("A100-40GB");
        assertThatThrownBy(() -> geometry.occupancyOf(geometry.profileIndex("2g.10gb"), 6))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("start of 2g.10gb on A100-40GB is 6, allowed: the bits of 10101");
        assertThatThrownBy(() -> geometry.placeableStarts(0, MigGeometry.OCCUPANCIES))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> geometry.bestStart(geometry.profileCount(), 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
