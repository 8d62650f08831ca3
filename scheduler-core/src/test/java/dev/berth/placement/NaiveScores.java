package dev.berth.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The scores of the FGD artefact, written down as they are defined and as slow as that is. Larger is better. */
final class NaiveScores {
    private NaiveScores() {}

    static int bestFit(NaiveNode node, Request request) {
        double cpuLeft = node.cpuLeft - request.cpuMilli();
        double gpuLeft = node.idleMilli() - request.gpuMilli();
        return (int) (100 * (1 - (0.5 * (cpuLeft / 128000) + 0.5 * (gpuLeft / 8000))));
    }

    static int dotProduct(NaiveNode node, Request request) {
        double cpu = (double) node.cpuLeft * request.cpuMilli() / (128000.0 * 128000.0);
        double gpu = (double) node.idleMilli() * request.gpuMilli() / (8000.0 * 8000.0);
        return (int) (100 * (1 - (cpu + gpu) / 2));
    }

    static int gpuPacking(NaiveNode node, Request request) {
        if (request.gpuMilli() == 0) {
            return 0;
        }
        int gpus = node.left.length;
        if (node.free() == gpus) {
            return Math.max(33 - gpus, gpus);
        }
        int each = request.gpus() instanceof GpuDemand.Share share ? share.milli() : 1000;
        int wanted = request.gpus() instanceof GpuDemand.Whole whole ? whole.count() : 1;
        List<Integer> chosen = new ArrayList<>();
        int[] ascending = node.left.clone();
        Arrays.sort(ascending);
        for (int left : ascending) {
            if (left >= each && chosen.size() < wanted) {
                chosen.add(left);
            }
        }
        int whollyFree = 0;
        int percent = 0;
        for (int left : chosen) {
            whollyFree += left == 1000 ? 1 : 0;
            percent += left / 10;
        }
        return whollyFree > 0 ? Math.max(50 - whollyFree, 33) : Math.max(100 - percent / 10, 50);
    }

    static int gpuClustering(NaiveNode node, Request request) {
        if (request.gpuMilli() == 0) {
            return 0;
        }
        int kind = request.gpus() instanceof GpuDemand.Whole whole ? whole.count() : 0;
        List<Integer> kinds = new ArrayList<>(node.tasks);
        kinds.removeIf(task -> task < 0);
        int score;
        if (kinds.isEmpty()) {
            score = 25;
        } else if (kinds.stream().allMatch(task -> task == kind)) {
            score = 75;
        } else if (kinds.contains(kind)) {
            score = 50;
        } else {
            score = 0;
        }
        return score + 25 * (8000 - node.idleMilli()) / 8000;
    }

    /** F of a node with these residues and this much CPU, for each class and then on average. */
    static double fragmentation(String model, int[] left, int cpuLeft, TypicalWorkload typical) {
        double sum = 0;
        for (int m = 0; m < typical.size(); m++) {
            Request request = typical.request(m);
            int each = request.gpus() instanceof GpuDemand.Share share ? share.milli() : 1000;
            int wanted = request.gpus() instanceof GpuDemand.Whole whole ? whole.count() : 1;
            boolean fits = request.gpuMilli() > 0
                    && request.cpuMilli() <= cpuLeft
                    && (request.gpuModels().isEmpty() || request.gpuModels().contains(model))
                    && Arrays.stream(left).filter(milli -> milli >= each).count() >= wanted;
            int fragments = 0;
            for (int milli : left) {
                if (!fits || milli < each) {
                    fragments += milli;
                }
            }
            sum += typical.p(m) * fragments;
        }
        return sum;
    }

    /** FGD's score before it is cut to an integer, with a share put on the given GPU. */
    static double gradient(NaiveNode node, Request request, int gpu, TypicalWorkload typical) {
        int[] after = node.left.clone();
        if (request.gpus() instanceof GpuDemand.Whole whole) {
            int taken = 0;
            for (int g = 0; taken < whole.count(); g++) {
                if (after[g] == 1000) {
                    after[g] = 0;
                    taken++;
                }
            }
        } else if (request.gpus() instanceof GpuDemand.Share share) {
            after[gpu] -= share.milli();
        }
        double descent = fragmentation(node.model, node.left, node.cpuLeft, typical)
                - fragmentation(node.model, after, node.cpuLeft - request.cpuMilli(), typical);
        return 100 / (1 + Math.exp(-descent / 1000));
    }
}
