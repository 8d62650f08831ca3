package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.berth.cluster.NodeSpec;
import dev.berth.placement.Request;
import dev.berth.planner.io.OpenbPods;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class UpperBoundTest {

    @Example
    void worksByHand() {
        // 810 fits no second 810: ten GPUs hold ten.
        assertBound(8.1, nodes(10), 20, Request.share(810, 1, 1));
        // 470 and 530 fill a GPU; two of 470 leave 60.
        assertBound(5, nodes(5), 6, Request.share(470, 1, 1), 6, Request.share(530, 1, 1));
        // Three of 470 beside two of 530: two full GPUs, and one with a single 470.
        assertBound(2.47, nodes(3), 3, Request.share(470, 1, 1), 2, Request.share(530, 1, 1));
        // Fewer tasks than room.
        assertBound(2.5, nodes(10), 2, Request.gpus(1, 1, 1), 1, Request.share(500, 1, 1));
        // 8 GPUs do not fit nodes of 4, whatever their number.
        assertBound(0, SmallTraces.nodes("A", 10, 4), 5, Request.gpus(8, 1, 1));
    }

    @Example
    void modelsArePartOfIt() {
        List<NodeSpec> nodes = new ArrayList<>(SmallTraces.nodes("A", 1, 4));
        nodes.addAll(SmallTraces.nodes("B", 1, 2));
        // Five tasks want the two GPUs of B, one any.
        assertBound(3, nodes, 5, Request.gpus(1, 1, 1).onModels(Set.of("B")), 1, Request.gpus(1, 1, 1));
    }

    /** No packing is above the bound, and with one size the best packing is easy: floor(1000 / size) on each GPU. */
    @Property(tries = 60)
    void oneSizeIsExact(@ForAll long seed) {
        Random random = new Random(seed);
        int gpus = 1 + random.nextInt(20);
        int size = 10 * (1 + random.nextInt(99));
        int copies = 1 + random.nextInt(60);
        double exact = Math.min(copies, gpus * (1000 / size)) * size / 1000.0;
        assertBound(exact, nodes(gpus), copies, Request.share(size, 1, 1));
    }

    @Property(tries = 40)
    void noPackingIsAboveIt(@ForAll long seed) {
        Random random = new Random(seed);
        int gpus = 2 + random.nextInt(6);
        List<OpenbPods.Pod> pods = new ArrayList<>();
        int[] left = new int[gpus];
        java.util.Arrays.fill(left, 1000);
        double packed = 0;
        for (int i = 0; i < 40; i++) {
            int size = 10 * (1 + random.nextInt(99));
            pods.addAll(SmallTraces.pods(1, Request.share(size, 1, 1)));
            for (int g = 0; g < gpus; g++) {
                if (left[g] >= size) {
                    left[g] -= size;
                    packed += size / 1000.0;
                    break;
                }
            }
        }
        Trace trace = new Trace(nodes(gpus), pods);
        double bound = new UpperBound(trace).gpus(copies(trace));
        assertThat(bound).isBetween(packed - 1e-6, gpus * (1 + 1e-6));
    }

    private static List<NodeSpec> nodes(int gpus) {
        return SmallTraces.nodes("A", gpus, 1);
    }

    private static void assertBound(double gpus, List<NodeSpec> nodes, Object... countsAndRequests) {
        List<OpenbPods.Pod> pods = new ArrayList<>();
        for (int i = 0; i < countsAndRequests.length; i += 2) {
            pods.addAll(SmallTraces.pods((Integer) countsAndRequests[i], (Request) countsAndRequests[i + 1]));
        }
        Trace trace = new Trace(nodes, pods);
        assertThat(new UpperBound(trace).gpus(copies(trace))).isCloseTo(gpus, within(3e-4 * Math.max(1, gpus)));
    }

    private static int[] copies(Trace trace) {
        int[] copies = new int[trace.classes().size()];
        for (int ofClass : trace.tasks()) {
            copies[ofClass]++;
        }
        return copies;
    }
}
