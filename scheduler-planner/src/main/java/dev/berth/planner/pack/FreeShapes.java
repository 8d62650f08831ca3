package dev.berth.planner.pack;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.placement.Demand;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Plan;
import dev.berth.placement.Planner;
import dev.berth.placement.Policies;
import dev.berth.placement.Request;
import dev.berth.planner.io.Job;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What would still fit: how many more jobs of each size could be placed, each size on its own, counted by placing them on a
 * copy until one is refused. Immutable.
 *
 * @param cpuMilliPerGpu CPU that each job asks for per GPU: the mean of the workload
 * @param memoryMibPerGpu memory that each job asks for per GPU: the mean of the workload
 * @param models by GPU model
 * @param mig by GPU model in MIG mode
 */
public record FreeShapes(int cpuMilliPerGpu, long memoryMibPerGpu, List<Model> models, List<Mig> mig) {
    /** The sizes that are tried, in whole GPUs. */
    public static final List<Integer> SIZES = List.of(1, 2, 4, 8);

    /** Copies the lists. */
    public FreeShapes {
        models = List.copyOf(models);
        mig = List.copyOf(mig);
    }

    /**
     * Whole-GPU jobs on one model.
     *
     * @param model name of the model
     * @param jobs number of jobs that still fit, by {@link #SIZES}
     */
    public record Model(String model, List<Integer> jobs) {
        /** Copies the list. */
        public Model {
            jobs = List.copyOf(jobs);
        }
    }

    /**
     * MIG instances on one model.
     *
     * @param model name of the model
     * @param instances number of instances that still fit, by profile, the largest first
     */
    public record Mig(String model, Map<String, Integer> instances) {}

    /** Counts what fits beside a packing. O(models x sizes x free GPUs). */
    public static FreeShapes beside(Packing packing) {
        return new Trial(packing).count();
    }

    /** The copy on which jobs are tried. */
    private static final class Trial {
        private final Packing packing;
        private final Cluster cluster;
        private final Ledger ledger;
        private final Planner planner;
        private final Plan plan = new Plan();

        Trial(Packing packing) {
            this.packing = packing;
            cluster = packing.cluster();
            ledger = Ledger.of(cluster);
            for (Placement placement : packing.placements()) {
                long handle = ledger.claim(placement.node(), claim(placement), Ledger.ANY_VERSION);
                if (handle <= 0) {
                    throw new IllegalStateException("the copy refused " + placement + " with " + handle);
                }
            }
            planner = new Planner(ledger, Policies.byName("first-fit"), packing.seed());
        }

        private ClaimSpec claim(Placement placement) {
            Request request = packing.workload().jobs().get(placement.job()).request();
            ClaimSpec claim = new ClaimSpec().cpuMilli(request.cpuMilli()).memoryMib(request.memoryMib());
            for (int r = 0; r < cluster.countedNames().size(); r++) {
                claim.counted(
                        r, request.counted().getOrDefault(cluster.countedNames().get(r), 0L));
            }
            return switch (placement.kind()) {
                case NONE -> claim;
                case WHOLE -> claim.whole(placement.gpuMask());
                case SHARE -> claim.share(placement.firstGpu(), placement.shareMilli());
                case MIG -> claim.mig(placement.firstGpu(), placement.migProfile(), placement.migStart());
            };
        }

        FreeShapes count() {
            double gpus = 0;
            double cpuMilli = 0;
            double memoryMib = 0;
            for (Job job : packing.workload().jobs()) {
                if (job.request().gpuMilli() > 0) {
                    gpus += job.taskCount() * (job.request().gpuMilli() / 1000.0);
                    cpuMilli += (double) job.taskCount() * job.request().cpuMilli();
                    memoryMib += (double) job.taskCount() * job.request().memoryMib();
                }
            }
            int cpuMilliPerGpu = gpus == 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, Math.round(cpuMilli / gpus));
            long memoryMibPerGpu = gpus == 0 ? 0 : Math.round(memoryMib / gpus);
            List<Model> models = new ArrayList<>();
            List<Mig> mig = new ArrayList<>();
            for (int m = 0; m < cluster.gpuModels().size(); m++) {
                String model = cluster.gpuModels().get(m);
                if (hasPlainGpus(m)) {
                    List<Integer> jobs = SIZES.stream()
                            .map(size -> fits(
                                    request(new GpuDemand.Whole(size), model, size, cpuMilliPerGpu, memoryMibPerGpu)))
                            .toList();
                    models.add(new Model(model, jobs));
                }
                Map<String, Integer> instances = new LinkedHashMap<>();
                profiles(m)
                        .forEach((profile, part) -> instances.put(
                                profile,
                                fits(request(
                                        new GpuDemand.Mig(profile), model, part, cpuMilliPerGpu, memoryMibPerGpu))));
                if (!instances.isEmpty()) {
                    mig.add(new Mig(model, instances));
                }
            }
            return new FreeShapes(cpuMilliPerGpu, memoryMibPerGpu, models, mig);
        }

        private boolean hasPlainGpus(int model) {
            for (int node = 0; node < cluster.nodeCount(); node++) {
                if (cluster.gpuModelId(node) == model && cluster.plainGpuMask(node) != 0) {
                    return true;
                }
            }
            return false;
        }

        /** The plain profiles of a model's GPUs in MIG mode and their parts of a GPU, the largest first. */
        private Map<String, Double> profiles(int model) {
            Map<String, Double> profiles = new LinkedHashMap<>();
            for (int node = 0; node < cluster.nodeCount(); node++) {
                MigGeometry geometry = cluster.migGeometry(node);
                if (geometry != null && cluster.gpuModelId(node) == model) {
                    for (int p = geometry.profileCount() - 1; p >= 0; p--) {
                        String name = geometry.profileName(p);
                        // Variants with engines stand on the same slices as the plain profile.
                        if (name.indexOf('+') < 0 && name.indexOf('-') < 0) {
                            profiles.putIfAbsent(name, geometry.sizeSlices(p) / (double) geometry.slices());
                        }
                    }
                }
            }
            return profiles;
        }

        private static Request request(
                GpuDemand gpus, String model, double parts, int cpuMilliPerGpu, long memoryMibPerGpu) {
            return new Request(
                    gpus,
                    (int) Math.min(Integer.MAX_VALUE, Math.round(parts * cpuMilliPerGpu)),
                    Math.min(Integer.MAX_VALUE, Math.round(parts * memoryMibPerGpu)),
                    Map.of(),
                    Set.of(model),
                    0,
                    Map.of());
        }

        private int fits(Request request) {
            Demand demand = planner.demand(request);
            List<Long> handles = new ArrayList<>();
            while (planner.plan(demand, plan)) {
                long handle = planner.commit(plan);
                if (handle <= 0) {
                    throw new IllegalStateException("the only writer's claim was refused with " + handle);
                }
                handles.add(handle);
            }
            handles.forEach(ledger::release);
            return handles.size();
        }
    }
}
