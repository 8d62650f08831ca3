package dev.berth.k8s.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.Topology;
import dev.berth.k8s.api.LeaseTiming;
import dev.berth.k8s.engine.EngineSettings;
import dev.berth.k8s.nodes.TopologyLevel;
import dev.berth.k8s.pods.PodSettings;
import dev.berth.k8s.readback.ReadBackSettings;
import dev.berth.k8s.server.ServerSettings;
import dev.berth.planner.BadInputException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeSettingsTest {
    private static ServeSettings parse(String text) {
        return ServeSettings.parse("berth.yaml", text);
    }

    @Test
    void anEmptyFileIsEverythingByDefault() {
        ServeSettings settings = parse("");
        assertThat(settings.mode()).isEqualTo(ServeSettings.Mode.STEERED);
        assertThat(settings.engine()).isEqualTo(EngineSettings.DEFAULT);
        assertThat(settings.lease()).isEqualTo(LeaseTiming.DEFAULT);
        assertThat(settings.pods().gpuResources())
                .containsExactly("nvidia.com/gpu", "nvidia.com/gpu.shared", "amd.com/gpu");
        assertThat(settings.pods().counted()).isEqualTo(PodSettings.DEFAULT.counted());
        assertThat(settings.leaseName()).isEqualTo("berth");
        assertThat(settings.leaseNamespace()).isNull();
        assertThat(settings.server().extender()).isNull();
        assertThat(settings.readBack()).isEqualTo(ReadBackSettings.OFF);
    }

    @Test
    void theDocumentShowsTheDefaults() throws IOException {
        String document = Files.readString(Path.of("..", "docs", "kubernetes.md"));
        String block = document.substring(document.indexOf("```yaml", document.indexOf("\n## Settings")) + 7);
        ServeSettings settings = parse(block.substring(0, block.indexOf("```")));
        ServeSettings usual = parse("");
        assertThat(block).contains("\n  nominateAhead: 128 ");
        assertThat(settings.engine()).isEqualTo(usual.engine());
        assertThat(settings.pods()).isEqualTo(usual.pods());
        assertThat(settings.mode()).isEqualTo(usual.mode());
        assertThat(settings.lease()).isEqualTo(usual.lease());
        assertThat(settings.leaseName()).isEqualTo(usual.leaseName());
        assertThat(settings.parallelWrites()).isEqualTo(usual.parallelWrites());
        assertThat(settings.server().limits()).isEqualTo(usual.server().limits());
        assertThat(settings.server().filter()).isEqualTo(usual.server().filter());
        assertThat(settings.server().nodeCacheCapable())
                .isEqualTo(usual.server().nodeCacheCapable());
    }

    @Test
    void podsAreNominatedAheadWhereBerthIsAskedForTheOneNode() {
        String extender = "server: {extender: {port: 9444}}\nmode: ";
        assertThat(parse(extender + "extender").engine().nominateAhead()).isEqualTo(128);
        assertThat(parse(extender + "both").engine().nominateAhead()).isEqualTo(128);
        assertThat(parse(extender + "both\nextender: {nominateAhead: 7}")
                        .engine()
                        .nominateAhead())
                .isEqualTo(7);
        assertThat(parse(extender + "extender\nextender: {filter: all}")
                        .engine()
                        .nominateAhead())
                .isZero();
        assertThat(parse("extender: {nominateAhead: 7}").engine().nominateAhead())
                .isZero();
    }

    @Test
    void allFieldsAreTaken() {
        ServeSettings settings = parse("""
                mode: both
                cluster:
                  managedResources: [nvidia.com/gpu, "nvidia.com/mig-*"]
                  countedResources: [example.com/nic]
                  preset: auto
                  topologyLabels: [topology.kubernetes.io/rack, example.com/leaf]
                steering: {how: nominate, gate: berth.dev/plan, schedulerNames: [a, b], gangTimeoutSeconds: 90, heal: false, planAtCreation: false}
                preemption: {gangs: veto}
                extender: {nodeCacheCapable: false, filter: all, reservationSeconds: 20}
                server:
                  extender:
                    address: 0.0.0.0
                    port: 9444
                    tls: {certificate: c.pem, key: k.pem, clientCa: ca.pem, allowedNames: ["system:kube-scheduler"]}
                  webhook: {address: 0.0.0.0, port: 9443, tls: {certificate: c.pem, key: k.pem}}
                  metrics: {address: 0.0.0.0, port: 9090}
                  page: {port: 9080}
                  limits: {bodyMib: 16, requestSeconds: 10, concurrentRequests: 64}
                lease: {namespace: berth-system, name: other, durationSeconds: 4, renewSeconds: 2.5, retrySeconds: 0.25}
                api: {parallelWrites: 16}
                readBack:
                  prometheus: {url: "https://prometheus:9090/main/", selector: 'DCGM_FI_DEV_FB_USED{cluster="a"}', everySeconds: 60, timeoutSeconds: 20, tokenFile: token, caFile: ca.pem}
                  podResources: {directory: /var/pod-resources, everySeconds: 5}
                """);
        assertThat(settings.mode()).isEqualTo(ServeSettings.Mode.BOTH);
        assertThat(settings.pods().gpuResources()).containsExactly("nvidia.com/gpu");
        assertThat(settings.pods().isCounted("example.com/nic")).isTrue();
        assertThat(settings.cluster().levels())
                .containsExactly(
                        new TopologyLevel("topology.kubernetes.io/rack", Topology.RACK),
                        new TopologyLevel("example.com/leaf", "leaf"));
        assertThat(settings.engine().steering()).isEqualTo(EngineSettings.Steering.NOMINATE);
        assertThat(settings.engine().schedulerNames()).containsExactlyInAnyOrder("a", "b");
        assertThat(settings.engine().gangTimeoutMillis()).isEqualTo(90_000);
        assertThat(settings.engine().reservationMillis()).isEqualTo(20_000);
        assertThat(settings.engine().heal()).isFalse();
        assertThat(settings.engine().planAtCreation()).isFalse();
        assertThat(settings.engine().gangVictims()).isEqualTo(EngineSettings.GangVictims.VETO);
        ServerSettings server = settings.server();
        assertThat(server.nodeCacheCapable()).isFalse();
        assertThat(server.filter()).isEqualTo(ServerSettings.Filter.ALL);
        assertThat(server.gates().resources()).containsExactlyInAnyOrder("nvidia.com/gpu", "nvidia.com/mig-*");
        assertThat(server.extender()).isNotNull();
        assertThat(server.extender().security()).isEqualTo(ServerSettings.Security.MUTUAL_TLS);
        assertThat(server.webhook()).isNotNull();
        assertThat(server.webhook().security()).isEqualTo(ServerSettings.Security.TLS);
        assertThat(server.limits().bodyBytes()).isEqualTo(16 << 20);
        assertThat(settings.lease())
                .isEqualTo(new LeaseTiming(Duration.ofSeconds(4), Duration.ofMillis(2500), Duration.ofMillis(250)));
        assertThat(settings.leaseNamespace()).isEqualTo("berth-system");
        assertThat(settings.parallelWrites()).isEqualTo(16);
        assertThat(settings.readBack())
                .isEqualTo(new ReadBackSettings(
                        new ReadBackSettings.Prometheus(
                                URI.create("https://prometheus:9090/main/"),
                                "DCGM_FI_DEV_FB_USED{cluster=\"a\"}",
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(20),
                                Path.of("token"),
                                Path.of("ca.pem")),
                        new ReadBackSettings.PodResources(Path.of("/var/pod-resources"), Duration.ofSeconds(5))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "mode: steerd | berth.yaml: mode is 'steerd', allowed: steered, extender, both",
                "mode: extender | berth.yaml: server.extender: is missing",
                "mod: both | berth.yaml: mod is not known, allowed: [api, cluster",
                "lease: {leas: 3} | berth.yaml: lease.leas is not known",
                "lease: {durationSeconds: 2.5} | berth.yaml: lease: lease duration is PT2.5S; allowed is 1 s to 1 h in whole seconds",
                "lease: {durationSeconds: 2s} | berth.yaml: lease.durationSeconds is '2s', allowed: seconds",
                "lease: {renewSeconds: 1.95} | berth.yaml: lease: lease renew deadline is PT1.95S",
                "lease: [] | berth.yaml: lease is [], allowed: names with values",
                "server: {metrics: {port: 70000}} | berth.yaml: server.metrics.port is 70000, allowed: whole numbers from 0 to 65535",
                "server: {webhook: {tls: {certificate: c.pem}}} | berth.yaml: server.webhook.tls: security is TLS without certificate and key",
                "steering: {heal: 'yes'} | berth.yaml: steering.heal is 'yes', allowed: true or false",
                "preemption: {gangs: some} | berth.yaml: preemption.gangs is 'some', allowed: whole, veto",
                "steering: {schedulerNames: default} | berth.yaml: steering.schedulerNames is 'default', allowed: a list of texts",
                "steering: {schedulerNames: [1]} | berth.yaml: steering.schedulerNames[0] is 1",
                "cluster: {preset: moon} | berth.yaml: cluster: topology preset is 'moon'",
                "readBack: {prometheus: {}} | berth.yaml: readBack.prometheus.url is empty, allowed: a text that is not empty",
                "readBack: {prometheus: {url: prometheus:9090}} | berth.yaml: readBack.prometheus: url is 'prometheus:9090', allowed: http or https, a host",
                "readBack: {prometheus: {url: 'http://a b'}} | berth.yaml: readBack.prometheus: Illegal character in authority",
                "readBack: {prometheus: {url: 'http://a', everySeconds: 0.5}} | berth.yaml: readBack.prometheus: everySeconds is 0.5, allowed: 1 or more",
                "readBack: {podResources: {folder: /x}} | berth.yaml: readBack.podResources.directory is empty",
                "readBack: {dcgm: {}} | berth.yaml: readBack.dcgm is not known, allowed: [podResources, prometheus]",
                "a: b: c | is no YAML",
                "{mode: steered, mode: both} | is no YAML",
                "[] | berth.yaml: the file is [], allowed: names with values",
            })
    void whatCannotBeUsedIsNamedWithItsPlaceAndWhatIsAllowed(String text, String message) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message.strip());
    }
}
