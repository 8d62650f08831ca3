package dev.berth.k8s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.api.LeaseTiming;
import dev.berth.k8s.deploy.Helm;
import dev.berth.k8s.rig.RealCluster;
import dev.berth.k8s.server.ServerSettings;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The settings that the chart writes are those that {@code serve} reads. */
@RealCluster
class ChartSettingsTest {
    @TempDir
    private static Path home;

    private static Helm helm;

    @BeforeAll
    static void build() {
        helm = new Helm(home, null);
    }

    @ParameterizedTest
    @MethodSource("dev.berth.k8s.deploy.ChartTest#settings")
    void theServerReadsWhatTheChartWrites(String settings) {
        String text = Helm.objects(helm.template(settings).orThrow()).stream()
                .map(object -> object.at("/data/berth.yaml").asText())
                .filter(found -> !found.isEmpty())
                .findFirst()
                .orElseThrow();
        ServeSettings read = ServeSettings.parse("berth.yaml", text);
        String mode = read.mode().name().toLowerCase(Locale.ROOT);
        assertThat(settings.contains("mode=") ? settings : "mode=steered").contains("mode=" + mode);
        assertThat(read.leaseName()).isEqualTo("berth");
        // The chart's defaults are the server's.
        assertThat(read.lease()).isEqualTo(LeaseTiming.DEFAULT);
        ServerSettings.Limits limits = read.server().limits();
        assertThat(limits.threads()).isEqualTo(ServerSettings.Limits.DEFAULT.threads());
        assertThat(limits.bodyBytes()).isEqualTo(ServerSettings.Limits.DEFAULT.bodyBytes());
        assertThat(limits.write()).isEqualTo(ServerSettings.Limits.DEFAULT.write());
    }
}
