package dev.berth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.GpuModel.Interconnect;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The catalogue knows models by their usual spellings, and claims no links that a model need not have. */
final class GpuCatalogTest {
    private static final GpuCatalog CATALOG = GpuCatalog.builtIn();

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "H100, 0, H100-SXM5-80GB",
                "NVIDIA H100 80GB HBM3, 81559, H100-SXM5-80GB",
                "nvidia-h100-mega-80gb, 0, H100-SXM5-80GB",
                "NVIDIA H100 PCIe, 81559, H100-PCIE-80GB",
                "NVIDIA-H100-NVL, 95830, H100-NVL-94GB",
                "H100, 95830, H100-NVL-94GB",
                "NVIDIA A100-SXM4-40GB, 40536, A100-SXM4-40GB",
                "a100, 81920, A100-SXM4-80GB",
                "NVIDIA-A100-80GB-PCIe, 81251, A100-PCIE-80GB",
                "A100-SXM-64GB, 0, A100-SXM4-80GB",
                "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb, 0, A100-SXM4-40GB",
                "Tesla V100-SXM2-32GB, 32510, V100-SXM2-32GB",
                "Tesla V100-SXM3-32GB, 32510, V100-SXM3-32GB",
                "nvidia-tesla-v100, 0, V100-SXM2-16GB",
                "Tesla T4, 15360, T4",
                "NVIDIA B300 SXM6 AC, 275040, B300",
                "NVIDIA GB200, 189471, GB200",
                "NVIDIA GeForce RTX 4090, 24564, RTX-4090",
                "NVIDIA RTX PRO 6000 Blackwell Server Edition, 97887, RTX-PRO-6000",
                "AMD Instinct MI300X OAM, 196608, MI300X",
                "amd_instinct_mi355x, 0, MI355X",
                "G2, 0, none",
                "V100M16, 0, none",
                "GH200, 0, none",
                "A100X, 0, none",
                "'', 0, none",
            })
    void aModelIsFoundByItsUsualNames(String name, int memoryMib, String model) {
        GpuModel found = CATALOG.find(name, memoryMib);
        assertThat(found == null ? null : found.name()).isEqualTo(model);
    }

    @ParameterizedTest
    @CsvSource({
        "H100-SXM5-80GB, 8, nvswitch, 900",
        "A100-SXM4-80GB, 8, nvswitch, 600",
        "B200, 8, nvswitch, 1800",
        "GB200, 4, nvswitch, 1800",
        "V100-SXM3-32GB, 16, nvswitch, 300",
        "V100-SXM2-16GB, 8, hybrid-cube-mesh, 50",
        "V100-SXM2-16GB, 4, mesh, 100",
        "MI300X, 8, mesh, 128",
        "MI355X, 8, mesh, 153",
        "MI250X, 8, none, 16",
        "A100-PCIE-80GB, 4, none, 16",
        "L40S, 8, none, 16",
        "G2, 8, none, 16",
    })
    void theLinksAreThoseThatTheModelAlwaysHas(String model, int gpus, String shape, int pair) {
        GpuTopology topology = CATALOG.topology(model, 0, gpus);
        assertThat(topology.gpuCount()).isEqualTo(gpus);
        assertThat(topology.shape()).isEqualTo(shape);
        assertThat(topology.linkGigabytesPerSecond(0, 1)).isEqualTo(pair);
    }

    @Test
    void everyModelHasItsOwnNameASourceAndLinksForEveryNumberOfGpus() {
        assertThat(CATALOG.models()).hasSizeGreaterThan(30);
        for (GpuModel model : CATALOG.models()) {
            assertThat(model.source()).isNotBlank();
            if (model.nvlinkGeneration() > 0) {
                GpuTopology pair = GpuTopology.builder(2)
                        .nvlink(0, 1, model.links(), model.nvlinkGeneration())
                        .build();
                assertThat(pair.linkGigabytesPerSecond(0, 1)).isEqualTo(model.linkGigabytesPerSecond());
            }
            assertThat(CATALOG.find(model.name(), model.memoryMib())).isEqualTo(model);
            assertThat(CATALOG.find("NVIDIA " + model.name(), model.memoryMib()))
                    .isEqualTo(model);
            for (int gpus = 0; gpus <= Cluster.MAX_GPUS_PER_NODE; gpus++) {
                assertThat(model.topology(gpus).gpuCount()).isEqualTo(gpus);
            }
        }
        assertThat(CATALOG.topology(null, 0, 0)).isEqualTo(GpuTopology.none(0));
    }

    @Test
    void aModelOfTheUserTakesThePlaceOfTheBuiltInOne() {
        GpuModel mine =
                new GpuModel("h100-sxm5-80gb", 81559, 650, 60, 900, 18, 4, Interconnect.SWITCH, "own measurement");
        GpuModel further = new GpuModel("Acme 9", 1000, 100, 0, 0, 0, 0, Interconnect.NONE, "own measurement");
        GpuCatalog catalog = CATALOG.with(List.of(mine, further));
        assertThat(catalog.find("NVIDIA H100 80GB HBM3", 0)).isEqualTo(mine);
        assertThat(catalog.find("ACME 9", 0)).isEqualTo(further);
        assertThat(catalog.models()).hasSize(CATALOG.models().size() + 1);
        assertThat(CATALOG.find("H100", 0)).isNotEqualTo(mine);
    }

    @Test
    void whatIsNotAllowedIsNamed() {
        assertThatThrownBy(() -> new GpuModel("x", 1, 100, 101, 0, 0, 0, Interconnect.NONE, ""))
                .hasMessage("GPU model 'x': idleW is 101, allowed: 0 (unknown) to thermalDesignW, 100");
        assertThatThrownBy(() -> new GpuModel("x", 1, 100, 0, 5, 0, 0, Interconnect.NONE, ""))
                .hasMessageEndingWith("allowed: 0, because interconnect is NONE");
        assertThatThrownBy(() -> new GpuModel("x", 1, 100, 0, 0, 0, 0, Interconnect.MESH, ""))
                .hasMessageEndingWith("allowed: 1 to 65535, because interconnect is MESH");
        assertThatThrownBy(() -> new GpuModel(" ", 1, 100, 0, 0, 0, 0, Interconnect.NONE, ""))
                .hasMessageContaining("name is  , allowed");
    }
}
