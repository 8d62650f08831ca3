package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import java.util.ArrayList;
import java.util.List;

/**
 * The expected-fill policy written down once more, straight from its definition: nothing merged, and nothing kept from one
 * question to the next but the tables.
 */
final class NaiveExpectedFill {
    private static final double SAME = 1e-9;

    private final Cluster cluster;
    private final TypicalWorkload workload;
    private final ExpectedFillParameters parameters;
    /** By node: h over 10-milli steps, P over 20-milli steps and cores, the weight; the MIG tables likewise. */
    private final List<double[]> device = new ArrayList<>();

    private final List<double[][]> pooled = new ArrayList<>();
    private final double[] weight;
    private final List<double[]> mig = new ArrayList<>();
    private final List<double[][]> migPooled = new ArrayList<>();

    /** A class of tasks as the tables see it. */
    record Offer(int gpuMilli, int cpuMilli, double share) {}

    NaiveExpectedFill(Cluster cluster, TypicalWorkload workload, ExpectedFillParameters parameters) {
        this.cluster = cluster;
        this.workload = workload;
        this.parameters = parameters;
        weight = new double[cluster.nodeCount()];
        double[] scarcity = scarcity();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            weight[node] = 1 + parameters.scarcityWeight() * scarcity[node];
            int twin = twin(node);
            if (twin < node) {
                device.add(device.get(twin));
                pooled.add(pooled.get(twin));
                mig.add(mig.get(twin));
                migPooled.add(migPooled.get(twin));
                continue;
            }
            List<Offer> offers = offers(node);
            device.add(device(offers, parameters.devicePatience()));
            pooled.add(pooled(offers, Math.max(1, cluster.gpuCount(node)), coreUnitMilli(node)));
            List<Offer> profiles = profiles(node);
            MigGeometry geometry = cluster.migGeometry(node);
            mig.add(geometry == null ? new double[0] : mig(geometry, profileShares(node), parameters.devicePatience()));
            migPooled.add(
                    geometry == null
                            ? new double[0][0]
                            : pooled(profiles, Integer.bitCount(cluster.migGpuMask(node)), coreUnitMilli(node)));
        }
    }

    /** The first node with the same GPUs: its tables are the same. */
    private int twin(int node) {
        int twin = 0;
        while (!sameKind(twin, node)
                || cluster.gpuCount(twin) != cluster.gpuCount(node)
                || cluster.migGpuMask(twin) != cluster.migGpuMask(node)) {
            twin++;
        }
        return twin;
    }

    private List<Offer> offers(int node) {
        double withGpus = 0;
        for (int m = 0; m < workload.size(); m++) {
            withGpus += workload.gpuMilli(m) > 0 ? workload.p(m) : 0;
        }
        List<Offer> offers = new ArrayList<>();
        for (int m = 0; m < workload.size(); m++) {
            if (workload.gpuMilli(m) > 0 && workload.allows(m, cluster, node)) {
                offers.add(new Offer(workload.gpuMilli(m), workload.cpuMilli(m), workload.p(m) / withGpus));
            }
        }
        return offers;
    }

    static double[] device(List<Offer> offers, int patience) {
        double[] h = new double[101];
        for (int k = 0; k < patience; k++) {
            double[] next = h.clone();
            for (int r = 0; r <= 100; r++) {
                for (Offer m : offers) {
                    int s = (int) Math.ceil(Math.min(1000, m.gpuMilli()) / 10.0);
                    if (s <= r) {
                        next[r] += m.share() * Math.max(0, 10 * s + h[r - s] - h[r]);
                    }
                }
            }
            h = next;
        }
        return h;
    }

    static double[][] pooled(List<Offer> offers, int gpus, int coreUnitMilli) {
        int rows = gpus * 50 + 1;
        double[][] f = new double[rows][129];
        double[][] kept = new double[rows][129];
        for (int k = 1; k <= 10 + 3 * gpus; k++) {
            double[][] next = new double[rows][129];
            for (int g = 0; g < rows; g++) {
                for (int c = 0; c <= 128; c++) {
                    next[g][c] = f[g][c];
                    for (Offer m : offers) {
                        int size = (int) Math.round(m.gpuMilli() / 20.0);
                        int cores = (int) Math.ceil(m.cpuMilli() / (double) coreUnitMilli);
                        if (size <= g && cores <= c) {
                            next[g][c] += m.share() * Math.max(0, 20 * size + f[g - size][c - cores] - f[g][c]);
                        }
                    }
                }
                if (k == Math.max(1, Math.round(10 + 3 * (20.0 * g / 1000)))) {
                    kept[g] = next[g];
                }
            }
            f = next;
        }
        return kept;
    }

    static double[] mig(MigGeometry geometry, double[] shares, int patience) {
        double[] h = new double[512];
        for (int k = 0; k < patience; k++) {
            double[] next = h.clone();
            for (int o = 0; o < 512; o++) {
                for (int p = 0; p < shares.length; p++) {
                    int start = geometry.bestStart(p, o);
                    if (start >= 0) {
                        int milli = 1000 * geometry.sizeSlices(p) / geometry.slices();
                        next[o] += shares[p] * Math.max(0, milli + h[o | geometry.occupancyOf(p, start)] - h[o]);
                    }
                }
            }
            h = next;
        }
        return h;
    }

    private int profileOf(Request request, int node) {
        MigGeometry geometry = cluster.migGeometry(node);
        return geometry != null
                        && request.gpus() instanceof GpuDemand.Mig wanted
                        && TypicalWorkload.allows(request, cluster, node)
                ? geometry.profileIndex(wanted.profile())
                : -1;
    }

    private double[] profileShares(int node) {
        MigGeometry geometry = cluster.migGeometry(node);
        double[] shares = new double[geometry.profileCount()];
        double all = 0;
        for (TypicalWorkload.Counted counted : workload.mig()) {
            int p = profileOf(counted.request(), node);
            if (p >= 0) {
                shares[p] += counted.count();
                all += counted.count();
            }
        }
        for (int p = 0; p < shares.length; p++) {
            shares[p] = all == 0 ? 1.0 / shares.length : shares[p] / all;
        }
        return shares;
    }

    private List<Offer> profiles(int node) {
        MigGeometry geometry = cluster.migGeometry(node);
        List<Offer> offers = new ArrayList<>();
        if (geometry == null) {
            return offers;
        }
        double all = 0;
        for (TypicalWorkload.Counted counted : workload.mig()) {
            all += profileOf(counted.request(), node) >= 0 ? counted.count() : 0;
        }
        for (TypicalWorkload.Counted counted : workload.mig()) {
            int p = profileOf(counted.request(), node);
            if (p >= 0) {
                int milli = 1000 * geometry.sizeSlices(p) / geometry.slices();
                offers.add(new Offer(milli, counted.request().cpuMilli(), counted.count() / all));
            }
        }
        for (int p = 0; all == 0 && p < geometry.profileCount(); p++) {
            offers.add(new Offer(1000 * geometry.sizeSlices(p) / geometry.slices(), 0, 1.0 / geometry.profileCount()));
        }
        return offers;
    }

    private int coreUnitMilli(int node) {
        int most = 0;
        for (int other = 0; other < cluster.nodeCount(); other++) {
            most = sameKind(node, other) ? Math.max(most, cluster.cpuMilli(other)) : most;
        }
        return 1000 * Math.max(1, (int) Math.ceil(most / 128_000.0));
    }

    private boolean sameKind(int a, int b) {
        return sameKind(cluster, a, b);
    }

    private static boolean sameKind(Cluster cluster, int a, int b) {
        return cluster.gpuModelId(a) == cluster.gpuModelId(b) && cluster.gpuMemoryMib(a) == cluster.gpuMemoryMib(b);
    }

    private static long plainMilli(Cluster cluster, int node) {
        return 1000L * Integer.bitCount(cluster.plainGpuMask(node));
    }

    private double[] scarcity() {
        return scarcity(cluster, workload);
    }

    /** By node. */
    static double[] scarcity(Cluster cluster, TypicalWorkload workload) {
        double total = 0;
        double demand = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            total += plainMilli(cluster, node);
        }
        for (int m = 0; m < workload.size(); m++) {
            demand += workload.p(m) * workload.gpuMilli(m);
        }
        double[] s = new double[cluster.nodeCount()];
        for (int m = 0; m < workload.size(); m++) {
            double capacity = 0;
            for (int node = 0; node < s.length; node++) {
                capacity += workload.allows(m, cluster, node) ? plainMilli(cluster, node) : 0;
            }
            for (int node = 0; node < s.length; node++) {
                if (workload.gpuMilli(m) > 0 && workload.allows(m, cluster, node) && capacity > 0) {
                    s[node] += workload.p(m) * workload.gpuMilli(m) / demand * total / capacity;
                }
            }
        }
        double least = Double.POSITIVE_INFINITY;
        for (int node = 0; node < s.length; node++) {
            boolean kindHasPlain = false;
            for (int other = 0; other < s.length; other++) {
                kindHasPlain |= sameKind(cluster, node, other) && plainMilli(cluster, other) > 0;
            }
            least = kindHasPlain ? Math.min(least, s[node]) : least;
            s[node] = kindHasPlain ? s[node] : Double.NaN;
        }
        for (int node = 0; node < s.length; node++) {
            s[node] = Double.isNaN(s[node]) ? 0 : s[node] - least;
        }
        return s;
    }

    private double worth(View view, int node, int gpu, int lane, long cpuFree, int takenWhole) {
        double plain = -takenWhole * device.get(node)[100];
        double sliced = 0;
        for (int g = 0; g < cluster.gpuCount(node); g++) {
            if ((cluster.plainGpuMask(node) >>> g & 1) != 0) {
                plain += device.get(node)[(g == gpu ? lane : view.gpuFreeMilli(node, g)) / 10];
            } else {
                sliced += mig.get(node)[g == gpu ? lane : view.migOccupancy(node, g)];
            }
        }
        return limited(plain, pooled.get(node), cpuFree, coreUnitMilli(node))
                + limited(sliced, migPooled.get(node), cpuFree, coreUnitMilli(node));
    }

    private static double limited(double fill, double[][] pooled, long cpuFree, int coreUnitMilli) {
        if (fill <= 1e-9) {
            return 0;
        }
        int a = (int) Math.min(Math.floor(fill / 20), pooled.length - 2);
        double t = fill / 20 - a;
        int c = (int) Math.max(0, Math.min(128, Math.floorDiv(cpuFree, (long) coreUnitMilli)));
        double ample = (1 - t) * pooled[a][128] + t * pooled[a + 1][128];
        return ample <= 0 ? 0 : fill * ((1 - t) * pooled[a][c] + t * pooled[a + 1][c]) / ample;
    }

    /** The loss on each GPU that can take the demand (one entry for demands that do not name a GPU), without the price. */
    double[] losses(View view, int node, Demand demand) {
        double before = worth(view, node, -1, 0, view.cpuFreeMilli(node), 0);
        long cpu = view.cpuFreeMilli(node) - demand.cpuMilli();
        if (demand.shareMilli() == 0 && !demand.mig()) {
            double after = worth(view, node, -1, 0, cpu, demand.wholeGpus());
            double loss = before - after;
            return new double[] {demand.cpuOnly() ? loss : weight[node] * loss - demand.gpuMilli()};
        }
        double[] losses = new double[cluster.gpuCount(node)];
        for (int g = 0; g < losses.length; g++) {
            losses[g] = Double.POSITIVE_INFINITY;
            boolean plain = (cluster.plainGpuMask(node) >>> g & 1) != 0;
            if (demand.shareMilli() > 0 && plain && view.gpuFreeMilli(node, g) >= demand.shareMilli()) {
                int rest = view.gpuFreeMilli(node, g) - demand.shareMilli();
                losses[g] = weight[node] * (before - worth(view, node, g, rest, cpu, 0)) - demand.shareMilli();
            }
            if (demand.mig() && !plain) {
                MigGeometry geometry = cluster.migGeometry(node);
                int p = geometry.profileIndex(((GpuDemand.Mig) demand.request().gpus()).profile());
                int start = geometry.bestStart(p, view.migOccupancy(node, g));
                if (start >= 0) {
                    int then = view.migOccupancy(node, g) | geometry.occupancyOf(p, start);
                    int milli = 1000 * geometry.sizeSlices(p) / geometry.slices();
                    losses[g] = before - worth(view, node, g, then, cpu, 0) - milli;
                }
            }
        }
        return losses;
    }

    /** Whether two nodes are alike and the same tasks take them whole. */
    private boolean sameGroup(int a, int b) {
        return sameKind(a, b)
                && cluster.migGpuMask(a) == 0
                && cluster.migGpuMask(b) == 0
                && cluster.gpuCount(a) == cluster.gpuCount(b)
                && workload.multiGpu().stream()
                        .allMatch(m -> wholeNodeClass(m.request(), a) == wholeNodeClass(m.request(), b));
    }

    private boolean takes(Request request, int node) {
        return cluster.gpuCount(node) > 0
                && cluster.migGpuMask(node) == 0
                && request.gpus() instanceof GpuDemand.Whole whole
                && whole.count() <= cluster.gpuCount(node)
                && request.cpuMilli() <= cluster.cpuMilli(node)
                && request.memoryMib() <= cluster.memoryMib(node)
                && TypicalWorkload.allows(request, cluster, node);
    }

    private boolean wholeNodeClass(Request request, int node) {
        int gpus = ((GpuDemand.Whole) request.gpus()).count();
        boolean onlyWhole = true;
        for (int other = 0; other < cluster.nodeCount(); other++) {
            onlyWhole &= !takes(request, other) || cluster.gpuCount(other) == gpus;
        }
        return takes(request, node) && cluster.gpuCount(node) == gpus && gpus >= 4 && (gpus >= 8 || onlyWhole);
    }

    private double takers(Request request) {
        int n = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            n += takes(request, node) ? 1 : 0;
        }
        return n;
    }

    /** How much of a whole free node a node is. */
    double readiness(View view, int node, long moreCpu, long moreMemory, int moreGpuTasks) {
        double all = 0;
        double open = 0;
        for (TypicalWorkload.Counted m : workload.multiGpu()) {
            if (wholeNodeClass(m.request(), node)) {
                double wanted = m.count() / takers(m.request());
                all += wanted;
                long cpu = cluster.cpuMilli(node) - view.cpuOnlyMilli(node) - moreCpu;
                long memory = cluster.memoryMib(node) - view.cpuOnlyMemoryMib(node) - moreMemory;
                open += m.request().cpuMilli() <= cpu && m.request().memoryMib() <= memory ? wanted : 0;
            }
        }
        if (all == 0 || !view.allocatable(node)) {
            return 0;
        }
        double share = open / all;
        if (coresScarce()) {
            double held = Math.ceil((view.cpuOnlyMilli(node) + moreCpu) / 16_000.0);
            share += (1 - share) * Math.pow(parameters.nearlyFree(), held);
        }
        return Math.pow(parameters.nearlyFree(), view.gpuClaims(node) + moreGpuTasks) * share;
    }

    /** Price of a node's group as the view stands. */
    double price(View view, int node) {
        double free = 0;
        double perArrival = 0;
        int members = 0;
        double milli = 0;
        for (int other = 0; other < cluster.nodeCount(); other++) {
            milli += plainMilli(cluster, other);
            if (sameGroup(node, other)) {
                members++;
                free += readiness(view, other, 0, 0, 0);
            }
        }
        for (TypicalWorkload.Counted m : workload.multiGpu()) {
            if (wholeNodeClass(m.request(), node)) {
                perArrival += m.count() / (double) workload.arrivals() * members / takers(m.request());
            }
        }
        double horizon = parameters.horizon() * milli / (workload.gpuMilliSum() / (double) workload.arrivals());
        if (perArrival == 0) {
            return 0;
        }
        double[] v = worthOfNodes(perArrival * horizon, 1000 * cluster.gpuCount(node), members + 1);
        int a = (int) Math.min(members, Math.floor(free + SAME));
        double slope = v[a + 1] - v[a]; // tasks of one node only: V is concave
        return parameters.wholeNodeWeight() * 160 * Math.round(slope / 160);
    }

    static double[] worthOfNodes(double offers, int nodeMilli, int most) {
        int steps = (int) Math.ceil(10 * offers);
        double[] v = new double[most + 1];
        for (int i = 0; i < steps; i++) {
            double[] next = v.clone();
            for (int a = 1; a <= most; a++) {
                next[a] += offers / steps * Math.max(0, nodeMilli + v[a - 1] - v[a]);
            }
            v = next;
        }
        return v;
    }

    private boolean coresScarce() {
        double cpu = 0;
        double milli = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            cpu += cluster.cpuMilli(node);
            milli += plainMilli(cluster, node);
        }
        return workload.cpuMilliSum() > 0
                && workload.cpuMilliSum() / cpu >= parameters.scarceCores() * workload.gpuMilliSum() / milli;
    }

    /** The key of a loss. */
    double key(View view, int node, Demand demand, double loss) {
        double bucket = cluster.gpuCount(node) == 0 ? -1 : Math.floor(loss / parameters.bucketMilli() + SAME);
        if (!demand.cpuOnly() || !coresScarce()) {
            return bucket;
        }
        return 64 * bucket + Math.min(63, Math.floor((view.cpuFreeMilli(node) - demand.cpuMilli()) / 2000.0));
    }

    /** The loss with the price of the node's group, before buckets. */
    double loss(View view, int node, Demand demand, double price) {
        double least = Double.POSITIVE_INFINITY;
        for (double loss : losses(view, node, demand)) {
            least = Math.min(least, loss);
        }
        double ready = readiness(view, node, 0, 0, 0);
        double after = demand.cpuOnly()
                ? readiness(view, node, demand.cpuMilli(), demand.memoryMib(), 0)
                : readiness(view, node, 0, 0, 1);
        return least + (cluster.migGpuMask(node) == 0 && ready > 0.005 ? price * (ready - after) : 0);
    }
}
