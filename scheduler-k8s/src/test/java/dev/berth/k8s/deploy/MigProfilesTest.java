package dev.berth.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.GpuCatalog;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.MigGeometry;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** kube-scheduler knows no patterns, so the chart names each profile: it has to know those that Berth knows. */
class MigProfilesTest {
    private static final Set<String> NAMED_BY_CHART = named();

    private static Set<String> named() {
        try {
            return new TreeSet<>(Files.readAllLines(Helm.DEPLOY.resolve("berth/files/mig-profiles.txt")));
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    @Test
    void theChartNamesTheProfilesOfEachModelThatBerthKnows() {
        Set<String> known = new TreeSet<>();
        for (GpuModel model : GpuCatalog.builtIn().models()) {
            MigGeometry geometry = MigGeometry.find(model.name(), 0);
            if (geometry != null) {
                IntStream.range(0, geometry.profileCount())
                        .mapToObj(geometry::profileName)
                        .forEach(known::add);
            }
        }
        assertThat(known).isNotEmpty();
        assertThat(NAMED_BY_CHART).containsAll(known);
    }

    @Test
    void theChartNamesNothingElse() {
        // Models that are sold in several sizes, by the memory that nvidia-smi reports for each.
        Set<String> known = new TreeSet<>();
        for (String model : new String[] {
            "A30",
            "A100",
            "A100-80GB",
            "H100",
            "H100-94GB",
            "H100-96GB",
            "H200",
            "GH200-96GB",
            "GH200-144GB",
            "B200",
            "B300",
            "GB200",
            "GB300",
            "RTX PRO 6000",
            "RTX PRO 5000"
        }) {
            MigGeometry geometry = Objects.requireNonNull(MigGeometry.find(model, 0), model);
            IntStream.range(0, geometry.profileCount())
                    .mapToObj(geometry::profileName)
                    .forEach(known::add);
        }
        assertThat(NAMED_BY_CHART).isSubsetOf(known);
    }
}
