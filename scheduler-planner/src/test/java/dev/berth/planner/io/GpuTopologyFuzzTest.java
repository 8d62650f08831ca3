package dev.berth.planner.io;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.cluster.GpuCatalog;
import dev.berth.planner.BadInputException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Whatever the bytes, the reader gives a topology or one {@link BadInputException} that names file and line. */
final class GpuTopologyFuzzTest {
    /** One cell in so many is not as its matrix has it. */
    private static final int SOUND = 120;

    private static final List<String> CELLS =
            List.of("NV1", "NV4", "NV12", "NV18", "PIX", "PXB", "PHB", "NODE", "SYS", "SOC");
    private static final List<String> NIC_CELLS = List.of("PIX", "PXB", "PHB", "NODE", "SYS");
    private static final List<String> HOSTILE = List.of(
            "", "X", "NV0", "NV19", "NV", "PIXPXB", "NODENODE", "N/A", "GPU0", "-", "0-7", "0", "\u001B[4m", "\u0000");
    private static final List<String> TAILS = List.of("0-7", "0-55,112-167", "0", "1", "N/A", "0-1", "", "2048", "x");
    private static final List<String> GAPS = List.of("\t", " ", "    ", "");
    private static final List<String> MODELS = List.of("none", "H100", "V100", "L40S", "MI300X", "MI210");

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "GPU0",
        "GPU1",
        "NIC0",
        "mlx5_0",
        "NV12",
        "PIX",
        "PXB",
        "PHB",
        "NODE",
        "SYS",
        "CPU Affinity",
        "NUMA Affinity",
        "GPU NUMA ID",
        "  NIC0: mlx5_0\\x0A",
        "N/A",
        "== Link Type between two GPUs ==",
        "XGMI",
        "PCIE",
        "(Topology) Numa Node: "
    })
    void topology(byte[] bytes) {
        int kind = bytes.length % 3;
        require(bytes, kind == 0 ? "none" : kind == 1 ? "H100" : "MI300X");
    }

    @FuzzTest(maxDuration = "60s")
    void topoMByItsForm(FuzzedDataProvider data) {
        require(topoM(data).getBytes(StandardCharsets.UTF_8), data.pickValue(MODELS));
    }

    @FuzzTest(maxDuration = "60s")
    void showtopoByItsForm(FuzzedDataProvider data) {
        require(showtopo(data).getBytes(StandardCharsets.UTF_8), data.pickValue(MODELS));
    }

    private static void require(byte[] bytes, String model) {
        try {
            GpuTopologyText.Reading reading =
                    GpuTopologyText.read("fuzz", bytes, GpuCatalog.builtIn().find(model, 0));
            for (String note : reading.notes()) {
                if (!note.startsWith("fuzz:")) {
                    throw new AssertionError("the note does not name the file: " + note);
                }
            }
        } catch (BadInputException expected) {
            if (!String.valueOf(expected.getMessage()).matches("(?s)fuzz:\\d+: .*")) {
                throw new AssertionError("the message does not name file and line: " + expected.getMessage(), expected);
            }
        }
    }

    /** A matrix of NVIDIA's driver: equal on both sides of its diagonal, but for a few cells. */
    private static String topoM(FuzzedDataProvider data) {
        int gpus = odd(data) ? 17 : data.consumeInt(1, 8);
        int nics = data.consumeInt(0, 4);
        boolean legend = data.consumeBoolean();
        String gap = data.pickValue(GAPS);
        String[][] cells = cells(data, gpus, gpus + nics, CELLS, NIC_CELLS, "X");
        int tails = data.consumeInt(0, 3);
        StringBuilder text = new StringBuilder(data.consumeBoolean() ? "$ nvidia-smi topo -m\n" : "").append('\t');
        for (int i = 0; i < gpus + nics; i++) {
            text.append(name(i, gpus, legend)).append(gap);
        }
        text.append(String.join(
                gap, List.of("CPU Affinity", "NUMA Affinity", "GPU NUMA ID").subList(0, tails)));
        for (int i = 0; i < gpus + nics; i++) {
            text.append('\n')
                    .append(name(i, gpus, legend))
                    .append('\t')
                    .append(String.join(gap, cells[i]))
                    .append('\t');
            for (int tail = 0; i < gpus && tail < tails; tail++) {
                text.append(data.pickValue(TAILS)).append('\t');
            }
        }
        text.append("\n\nLegend:\n\n  X    = Self\n");
        for (int nic = 0; legend && nic < nics; nic++) {
            text.append("  NIC")
                    .append(nic)
                    .append(": mlx5_")
                    .append(odd(data) ? 0 : nic)
                    .append('\n');
        }
        return text.toString();
    }

    private static String name(int i, int gpus, boolean legend) {
        return i < gpus ? "GPU" + i : (legend ? "NIC" : "mlx5_") + (i - gpus);
    }

    /** The matrices of AMD's driver: equal on both sides of their diagonals, but for a few cells. */
    private static String showtopo(FuzzedDataProvider data) {
        int gpus = odd(data) ? 17 : data.consumeInt(1, 8);
        StringBuilder text = new StringBuilder("===== ROCm System Management Interface =====\n");
        List<String> links = List.of("XGMI", "PCIE");
        matrix(text, data, gpus, "Weight between two GPUs", List.of("15", "30", "40", "72"));
        matrix(text, data, gpus, "Hops between two GPUs", List.of("1", "2", "3"));
        matrix(text, data, gpus, "Link Type between two GPUs", links);
        if (odd(data)) {
            matrix(text, data, gpus, "Link Type between two GPUs", links);
        }
        text.append("===== Numa Nodes =====\n");
        for (int gpu = 0; gpu < gpus; gpu++) {
            text.append("GPU[").append(odd(data) ? gpus : gpu).append("]\t\t: (Topology) Numa Node: ");
            text.append(odd(data) ? data.pickValue(TAILS) : Integer.toString(data.consumeInt(-1, 3)))
                    .append('\n');
            text.append("GPU[")
                    .append(gpu)
                    .append("]\t\t: (Topology) Numa Affinity: ")
                    .append(data.pickValue(TAILS))
                    .append('\n');
        }
        return text.append("===== End of ROCm SMI Log =====\n").toString();
    }

    private static void matrix(
            StringBuilder text, FuzzedDataProvider data, int gpus, String title, List<String> words) {
        if (odd(data)) {
            return;
        }
        text.append("===== ").append(title).append(" =====\n      ");
        for (int gpu = 0; gpu < gpus; gpu++) {
            text.append(" GPU").append(gpu);
        }
        String[][] cells = cells(data, gpus, gpus, words, words, "0");
        for (int gpu = 0; gpu < gpus; gpu++) {
            text.append("\nGPU").append(gpu).append("  ").append(String.join("  ", cells[gpu]));
        }
        text.append("\n\n");
    }

    private static String[][] cells(
            FuzzedDataProvider data, int gpus, int size, List<String> between, List<String> others, String self) {
        boolean alike = data.consumeBoolean();
        String link = data.pickValue(between);
        String[][] cells = new String[size][size];
        for (int i = 0; i < size; i++) {
            cells[i][i] = odd(data) ? data.pickValue(HOSTILE) : self;
            for (int j = 0; j < i; j++) {
                cells[i][j] = i >= gpus ? data.pickValue(others) : alike ? link : data.pickValue(between);
                cells[j][i] = odd(data) ? data.pickValue(HOSTILE) : cells[i][j];
            }
        }
        return cells;
    }

    private static boolean odd(FuzzedDataProvider data) {
        return data.consumeInt(0, SOUND) == SOUND;
    }
}
