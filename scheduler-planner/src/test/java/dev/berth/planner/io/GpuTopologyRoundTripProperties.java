package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.GpuCatalog;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuNic;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.LinkKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random topologies, printed as the tools print them, are read back the same. */
final class GpuTopologyRoundTripProperties {
    private static final LinkKind[] PCIE = {LinkKind.PIX, LinkKind.PXB, LinkKind.PHB, LinkKind.NODE, LinkKind.SYS};

    @Property(tries = 300)
    void topoMatrices(@ForAll long seed) {
        Random random = new Random(seed);
        GpuModel model = model(random.nextBoolean() ? "H100-SXM5-80GB" : "V100-SXM2-32GB");
        GpuTopology topology = nvidia(random, model);
        GpuTopologyText.Reading reading =
                GpuTopologyText.read("printed", topoMatrix(random, topology).getBytes(StandardCharsets.UTF_8), model);
        assertThat(reading.topology()).isEqualTo(topology);
        for (int gpu = 0; gpu < topology.gpuCount(); gpu++) {
            assertThat(reading.topology().railOf(gpu)).isEqualTo(topology.railOf(gpu));
        }
    }

    @Property(tries = 200)
    void showtopo(@ForAll long seed) {
        Random random = new Random(seed);
        GpuModel model = model("MI300X");
        GpuTopology topology = amd(random, model);
        GpuTopologyText.Reading reading =
                GpuTopologyText.read("printed", showtopo(topology).getBytes(StandardCharsets.UTF_8), model);
        assertThat(reading.topology()).isEqualTo(topology);
        assertThat(reading.notes()).isEmpty();
    }

    private static GpuModel model(String name) {
        GpuModel model = GpuCatalog.builtIn().find(name, 0);
        if (model == null) {
            throw new AssertionError(name);
        }
        return model;
    }

    private static GpuTopology nvidia(Random random, GpuModel model) {
        int gpus = 1 + random.nextInt(10);
        GpuTopology.Builder builder = GpuTopology.builder(gpus);
        boolean numa = random.nextBoolean();
        for (int a = 0; a < gpus; a++) {
            builder.numa(a, numa ? random.nextInt(8) : -1);
            for (int b = 0; b < a; b++) {
                if (random.nextBoolean()) {
                    builder.nvlink(a, b, 1 + random.nextInt(model.links()), model.nvlinkGeneration());
                } else {
                    builder.link(a, b, PCIE[random.nextInt(PCIE.length)]);
                }
            }
        }
        int nics = random.nextInt(12);
        int rails = 0;
        for (int nic = 0; nic < nics; nic++) {
            List<LinkKind> distances = new ArrayList<>();
            for (int gpu = 0; gpu < gpus; gpu++) {
                distances.add(PCIE[random.nextInt(4) == 0 ? random.nextInt(2) : 2 + random.nextInt(3)]);
            }
            boolean near = distances.contains(LinkKind.PIX) || distances.contains(LinkKind.PXB);
            builder.nic(new GpuNic("mlx5_" + nic, near ? rails++ : -1, distances));
        }
        return builder.build();
    }

    /** Tabs or columns of blanks, names that touch, cells that touch, rows of NICs or none, a legend or none. */
    private static String topoMatrix(Random random, GpuTopology topology) {
        boolean tabs = random.nextBoolean();
        boolean legend = random.nextBoolean();
        boolean nicRows = random.nextBoolean();
        boolean colours = random.nextBoolean();
        int gpus = topology.gpuCount();
        List<String> names = new ArrayList<>();
        for (int gpu = 0; gpu < gpus; gpu++) {
            names.add("GPU" + gpu);
        }
        for (int nic = 0; nic < topology.nics().size(); nic++) {
            names.add(legend ? "NIC" + nic : topology.nics().get(nic).name());
        }
        StringBuilder text = new StringBuilder(colours ? "\u001B[4m" : "").append(tabs ? "\t" : " ".repeat(6));
        for (String name : names) {
            text.append(tabs ? name + "\t" : padded(name, 4));
        }
        boolean affinity = random.nextBoolean();
        text.append(affinity ? "CPU Affinity\tNUMA Affinity\tGPU NUMA ID" : "NUMA Affinity");
        text.append(colours ? "\u001B[0m" : "").append(random.nextBoolean() ? "\r\n" : "\n");
        for (int row = 0; row < (nicRows ? names.size() : gpus); row++) {
            text.append(tabs ? names.get(row) + "\t" : padded(names.get(row), 6));
            for (int column = 0; column < names.size(); column++) {
                String cell = cell(topology, row, column);
                text.append(tabs ? cell + "\t" : padded(cell, 4));
            }
            if (row < gpus) {
                int numa = topology.numaOf(row);
                text.append(affinity ? " 0-7,16-23\t" : " ").append(numa < 0 ? "N/A" : String.valueOf(numa));
                text.append(affinity ? "\t\tN/A" : "");
            }
            text.append('\n');
        }
        if (legend) {
            text.append("\nLegend:\n\n  X    = self\n  SYS  = far\n\nNIC Legend:\n\n");
            for (int nic = 0; nic < topology.nics().size(); nic++) {
                text.append("  NIC")
                        .append(nic)
                        .append(": ")
                        .append(topology.nics().get(nic).name())
                        .append('\n');
            }
        }
        return text.toString();
    }

    private static String cell(GpuTopology topology, int row, int column) {
        int gpus = topology.gpuCount();
        if (row == column) {
            return "X";
        }
        if (row >= gpus && column >= gpus) {
            return "SYS";
        }
        if (row >= gpus || column >= gpus) {
            int nic = Math.max(row, column) - gpus;
            return topology.nics()
                    .get(nic)
                    .distances()
                    .get(Math.min(row, column))
                    .name();
        }
        int lanes = topology.nvlinkLanes(row, column);
        return lanes > 0 ? "NV" + lanes : topology.linkKind(row, column).name();
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static GpuTopology amd(Random random, GpuModel model) {
        int gpus = 1 + random.nextInt(9);
        boolean numa = random.nextBoolean();
        GpuTopology.Builder builder = GpuTopology.builder(gpus);
        int[] node = new int[gpus];
        for (int a = 0; a < gpus; a++) {
            node[a] = numa ? random.nextInt(2) : -1;
            builder.numa(a, node[a]);
            for (int b = 0; b < a; b++) {
                switch (random.nextInt(3)) {
                    case 0 -> builder.link(a, b, LinkKind.XGMI, model.oneLinkGigabytesPerSecond());
                    case 1 -> builder.link(a, b, node[a] == node[b] ? LinkKind.PHB : LinkKind.SYS);
                    default -> builder.link(a, b, numa && node[a] == node[b] ? LinkKind.NODE : LinkKind.SYS);
                }
            }
        }
        return builder.build();
    }

    private static String showtopo(GpuTopology topology) {
        StringBuilder text = new StringBuilder("===== ROCm System Management Interface =====\n");
        for (String title : new String[] {"Weight", "Hops", "Link Type"}) {
            text.append("===== ").append(title).append(" between two GPUs =====\n      ");
            for (int gpu = 0; gpu < topology.gpuCount(); gpu++) {
                text.append(" GPU").append(gpu);
            }
            for (int a = 0; a < topology.gpuCount(); a++) {
                text.append("\nGPU").append(a).append("  ");
                for (int b = 0; b < topology.gpuCount(); b++) {
                    text.append(' ').append(a == b ? "0" : showtopo(topology.linkKind(a, b), title));
                }
            }
            text.append("\n\n");
        }
        text.append("===== Numa Nodes =====\n");
        for (int gpu = 0; gpu < topology.gpuCount(); gpu++) {
            String what = "GPU[%d]\t\t: (Topology) Numa %s: %d\n";
            text.append(String.format(Locale.ROOT, what, gpu, "Node", topology.numaOf(gpu)));
            text.append(String.format(Locale.ROOT, what, gpu, "Affinity", topology.numaOf(gpu)));
        }
        return text.append("===== End of ROCm SMI Log =====\n").toString();
    }

    private static String showtopo(LinkKind kind, String title) {
        boolean joined = kind == LinkKind.XGMI;
        return switch (title) {
            case "Weight" -> joined ? "15" : "40";
            case "Hops" -> joined ? "1" : kind == LinkKind.PHB ? "2" : "3";
            default -> joined ? "XGMI" : "PCIE";
        };
    }
}
