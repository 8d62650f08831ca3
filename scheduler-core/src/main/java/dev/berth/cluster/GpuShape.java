package dev.berth.cluster;

/** The arrangements that {@link GpuTopology#shape} names. */
enum GpuShape {
    NVSWITCH("nvswitch"),
    HALVES("halves"),
    PAIRS("pairs"),
    HYBRID_CUBE_MESH("hybrid-cube-mesh"),
    MESH("mesh"),
    NONE("none"),
    OTHER("other");

    private final String label;

    GpuShape(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    static GpuShape of(GpuLinks links, int[] islands) {
        int gpus = links.gpuCount();
        int joinedPairs = 0;
        int largest = 0;
        for (int a = 0; a < gpus; a++) {
            for (int b = a + 1; b < gpus; b++) {
                joinedPairs += links.isJoined(a, b) ? 1 : 0;
            }
        }
        int pairsInIslands = 0;
        boolean even = true;
        for (int island : islands) {
            int size = Integer.bitCount(island);
            largest = Math.max(largest, size);
            pairsInIslands += size * (size - 1) / 2;
            even &= isEven(links, island);
        }
        if (joinedPairs == 0) {
            return NONE;
        }
        if (isCubeMesh(links, islands, joinedPairs)) {
            return HYBRID_CUBE_MESH;
        }
        if (joinedPairs != pairsInIslands || !even) {
            return OTHER;
        }
        if (largest == 2) {
            return PAIRS;
        }
        if (islands.length == 1) {
            return links.isSwitched() ? NVSWITCH : MESH;
        }
        return islands.length == 2 && largest * 2 == gpus ? HALVES : OTHER;
    }

    private static boolean isEven(GpuLinks links, int island) {
        int bandwidth = 0;
        for (int a = 0; a < links.gpuCount(); a++) {
            for (int b = a + 1; b < links.gpuCount(); b++) {
                if ((island >>> a & 1) != 0 && (island >>> b & 1) != 0) {
                    if (bandwidth != 0 && bandwidth != links.gigabytesPerSecond(a, b)) {
                        return false;
                    }
                    bandwidth = links.gigabytesPerSecond(a, b);
                }
            }
        }
        return true;
    }

    /** Two joined quads, and from each GPU of one a link to exactly one of the other. */
    private static boolean isCubeMesh(GpuLinks links, int[] islands, int joinedPairs) {
        if (links.gpuCount() != 8
                || islands.length != 2
                || Integer.bitCount(islands[0]) != 4
                || joinedPairs != 6 + 6 + 4) {
            return false;
        }
        for (int gpu = 0; gpu < 8; gpu++) {
            int other = (islands[0] >>> gpu & 1) != 0 ? islands[1] : islands[0];
            int across = 0;
            for (int peer = 0; peer < 8; peer++) {
                across += (other >>> peer & 1) != 0 && links.isJoined(gpu, peer) ? 1 : 0;
            }
            if (across != 1) {
                return false;
            }
        }
        return true;
    }
}
