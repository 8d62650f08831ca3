package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at every node for what a demand lacks there. */
final class RefusalFinder {
    private static final int ALLOWED = 0;
    private static final int STATE = 1;
    private static final int CLAIM_LIMIT = 2;
    private static final int LABELS = 3;
    private static final int MODEL = 4;
    private static final int POWER = 5;
    private static final int GPU_MEMORY = 6;
    private static final int GPUS = 7;
    private static final int SHARE = 8;
    private static final int MIG = 9;
    private static final int CPU = 10;
    private static final int MEMORY = 11;
    private static final int COUNTED = 12;

    /** Below this, nothing can be given up by degrees: it is there or it is not. */
    private static final int FIRST_AMOUNT = GPU_MEMORY;

    private static final double ALL = 1.0;

    private final View view;
    private final Cluster cluster;
    private final Ledger ledger;
    private final Demand demand;
    private final @Nullable NodeSet allowed;
    private final List<String> countedNames;
    private final int checks;
    private final int[] failing;
    private final int[] failingAlone;
    private final long[] best;
    private final long[] bestAlone;
    private final int[] bestAloneNode;
    private final NodeReading reading = new NodeReading();

    RefusalFinder(View view, Ledger ledger, Demand demand, @Nullable NodeSet allowed) {
        this.view = view;
        this.cluster = view.cluster();
        this.ledger = ledger;
        this.demand = demand;
        this.allowed = allowed;
        countedNames = new ArrayList<>(cluster.countedNames());
        countedNames.addAll(demand.unknownCounted());
        checks = COUNTED + countedNames.size();
        failing = new int[checks];
        failingAlone = new int[checks];
        best = new long[checks];
        bestAlone = new long[checks];
        bestAloneNode = new int[checks];
        Arrays.fill(best, Long.MIN_VALUE);
        Arrays.fill(bestAlone, Long.MIN_VALUE);
    }

    Refusal find() {
        for (int node = 0; node < cluster.nodeCount(); node++) {
            look(node);
        }
        List<Refusal.Reason> reasons = new ArrayList<>();
        int easiest = -1;
        double least = Double.MAX_VALUE;
        for (int check = 0; check < checks; check++) {
            if (failing[check] == 0) {
                continue;
            }
            boolean alone = failingAlone[check] > 0;
            long had = alone ? bestAlone[check] : best[check];
            reasons.add(new Refusal.Reason(
                    resource(check),
                    asked(check, bestAloneNode[check], alone),
                    had(check, had, bestAloneNode[check], alone),
                    missing(check, had, alone),
                    failing[check],
                    failingAlone[check]));
            if (alone && worthAsking(check)) {
                double given = given(check);
                if (given < least) {
                    least = given;
                    easiest = check;
                }
            }
        }
        return new Refusal(demand.request(), cluster.nodeCount(), reasons, easiest < 0 ? null : relaxation(easiest));
    }

    private String missing(int check, long had, boolean alone) {
        if (check == POWER) {
            return alone ? amount(check, -had) : "";
        }
        return isAmount(check) && !unknown(check, had) ? amount(check, Math.max(0, askedAmount(check) - had)) : "";
    }

    /** Whether less of it is still a task of that kind: nobody wants to hear that a GPU job would fit without GPUs or cores. */
    private boolean worthAsking(int check) {
        return check <= GPU_MEMORY || check >= COUNTED || bestAlone[check] > 0;
    }

    /** The part of what was asked that would have to be given up, 0 to 1. */
    private double given(int check) {
        if (check < FIRST_AMOUNT) {
            return ALL;
        }
        long asked = check == MIG ? askedSlices(bestAloneNode[check]) : askedAmount(check);
        return asked == 0 ? ALL : (asked - bestAlone[check]) / (double) asked;
    }

    private Refusal.Relaxation relaxation(int check) {
        int node = bestAloneNode[check];
        return new Refusal.Relaxation(
                resource(check),
                asked(check, node, true),
                had(check, bestAlone[check], node, true),
                cluster.nodeName(node));
    }

    private void look(int node) {
        int failed = 0;
        int last = -1;
        for (int check = 0; check < checks; check++) {
            if (applies(check)) {
                best[check] = Math.max(best[check], isAmount(check) ? has(check, node) : 0);
                if (fails(check, node)) {
                    failing[check]++;
                    failed++;
                    last = check;
                }
            }
        }
        if (failed == 1) {
            long had = last < FIRST_AMOUNT && last != POWER ? 0 : has(last, node);
            failingAlone[last]++;
            if (failingAlone[last] == 1 || had > bestAlone[last]) {
                bestAlone[last] = had;
                bestAloneNode[last] = node;
            }
        }
    }

    private static boolean isAmount(int check) {
        return check >= FIRST_AMOUNT && check != MIG;
    }

    /** Whether it is not known how much of it there is; only the memory of GPUs can be unknown, and stands as 0 then. */
    private static boolean unknown(int check, long had) {
        return check == GPU_MEMORY && had == 0;
    }

    private boolean applies(int check) {
        return switch (check) {
            case ALLOWED -> allowed != null;
            case LABELS -> !demand.request().labels().isEmpty();
            case MODEL -> !demand.request().gpuModels().isEmpty();
            case POWER -> view.power().hasCaps();
            case GPU_MEMORY -> demand.request().minGpuMemoryMib() > 0;
            case GPUS -> demand.wholeGpus() > 0;
            case SHARE -> demand.shareMilli() > 0;
            case MIG -> demand.mig();
            case CPU, MEMORY, STATE, CLAIM_LIMIT -> true;
            default -> askedAmount(check) > 0;
        };
    }

    private boolean fails(int check, int node) {
        return switch (check) {
            case ALLOWED -> allowed != null && !allowed.contains(node);
            case STATE -> {
                ledger.read(node, reading);
                yield !reading.allocatable();
            }
            case CLAIM_LIMIT -> reading.liveClaims() >= ledger.claimLimit();
            case LABELS -> !Eligibility.labelled(cluster, node, demand);
            case MODEL -> !Eligibility.modelWillDo(cluster, node, demand);
            case POWER -> !view.bearsPower(node, demand);
            case MIG -> view.tightestMigGpu(node, demand) < 0;
            default -> has(check, node) < askedAmount(check);
        };
    }

    /** What a node has of something that comes in amounts; of power, how much less than is asked. */
    private long has(int check, int node) {
        return switch (check) {
            case POWER -> Math.max(0, view.power().headroomW(cluster.rackId(node))) - addedW(node);
            case GPU_MEMORY -> cluster.gpuMemoryMib(node);
            case GPUS -> Integer.bitCount(view.freeGpuMask(node));
            case SHARE -> view.largestFreeShareMilli(node);
            case MIG -> slicesOf(node, largestProfile(node));
            case CPU -> view.cpuFreeMilli(node);
            case MEMORY -> view.memoryFreeMib(node);
            default -> check - COUNTED < cluster.countedNames().size() ? view.countedFree(node, check - COUNTED) : 0;
        };
    }

    private int addedW(int node) {
        return view.power().addedW(node, view.moreBusyGpus(node, demand));
    }

    private long askedAmount(int check) {
        return switch (check) {
            case GPU_MEMORY -> demand.request().minGpuMemoryMib();
            case GPUS -> demand.wholeGpus();
            case SHARE -> demand.shareMilli();
            case CPU -> demand.cpuMilli();
            case MEMORY -> demand.memoryMib();
            default -> demand.request().counted().getOrDefault(resource(check), 0L);
        };
    }

    private String resource(int check) {
        return switch (check) {
            case ALLOWED -> "allowed nodes";
            case STATE -> "node state";
            case CLAIM_LIMIT -> "claim limit";
            case LABELS -> "labels";
            case MODEL -> "gpu model";
            case POWER -> "power";
            case GPU_MEMORY -> "gpu memory";
            case GPUS -> "gpus";
            case SHARE -> "gpu share";
            case MIG -> "mig profile";
            case CPU -> "cpu";
            case MEMORY -> "memory";
            default -> countedNames.get(check - COUNTED);
        };
    }

    private String asked(int check, int node, boolean known) {
        return switch (check) {
            case ALLOWED -> "one of " + (allowed == null ? 0 : allowed.size()) + " nodes";
            case STATE -> "READY";
            case CLAIM_LIMIT -> "room for 1 more claim";
            case LABELS -> demand.request().labels().toString();
            case MODEL -> String.join("|", demand.request().gpuModels());
            case POWER -> known ? amount(check, addedW(node)) : "power for the task";
            case MIG -> ((GpuDemand.Mig) demand.request().gpus()).profile();
            default -> amount(check, askedAmount(check));
        };
    }

    private String had(int check, long had, int node, boolean known) {
        return switch (check) {
            case ALLOWED -> known ? "room on a node outside the set" : "no room elsewhere";
            case STATE -> known ? stateOf(node) : "other things fail too";
            case CLAIM_LIMIT -> "room for " + ledger.claimLimit() + " claims, all taken";
            case LABELS -> known ? cluster.labels(node).toString() : "other things fail too";
            case MODEL -> known ? model(node) : "other things fail too";
            case POWER -> known ? rackPower(cluster.rackId(node)) : "other things fail too";
            case MIG -> known ? profileName(node, largestProfile(node)) : "other things fail too";
            default -> unknown(check, had) ? "unknown" : amount(check, Math.max(0, had));
        };
    }

    private String stateOf(int node) {
        ledger.read(node, reading);
        return reading.overcommitted() ? "OVERCOMMITTED" : reading.state().name();
    }

    private String rackPower(int rack) {
        return amount(POWER, Math.max(0, view.power().headroomW(rack))) + " left in rack "
                + cluster.racks().get(rack) + " (cap "
                + amount(POWER, cluster.rack(rack).powerCapW()) + ", drawn "
                + amount(POWER, view.power().drawnW(rack)) + ")";
    }

    private String model(int node) {
        int id = cluster.gpuModelId(node);
        return id < 0 ? "no GPU" : cluster.gpuModels().get(id);
    }

    /**
     * The largest profile, not larger than what was asked, that could start on the node; -1 when there is none, or when the node's
     * GPUs have no profile of the name that was asked, so that the sizes do not compare.
     */
    private int largestProfile(int node) {
        MigGeometry geometry = cluster.migGeometry(node);
        int most = askedSlices(node);
        int largest = -1;
        for (int mask = cluster.migGpuMask(node); geometry != null && mask != 0; mask &= mask - 1) {
            int occupancy = view.migOccupancy(node, Integer.numberOfTrailingZeros(mask));
            for (int p = 0; p < geometry.profileCount(); p++) {
                if (geometry.placeableStarts(p, occupancy) != 0
                        && geometry.sizeSlices(p) <= most
                        && geometry.sizeSlices(p) > slicesOf(node, largest)) {
                    largest = p;
                }
            }
        }
        return largest;
    }

    /** Memory slices of the profile that was asked, 0 on a node whose GPUs have no such profile. */
    private int askedSlices(int node) {
        return slicesOf(node, demand.migProfile(cluster.migGeometryId(node)));
    }

    private int slicesOf(int node, int profile) {
        MigGeometry geometry = cluster.migGeometry(node);
        return geometry == null || profile < 0 ? 0 : geometry.sizeSlices(profile);
    }

    private String profileName(int node, int profile) {
        MigGeometry geometry = cluster.migGeometry(node);
        if (geometry == null) {
            return "no GPU in MIG mode";
        }
        if (askedSlices(node) == 0) {
            return "no such profile on " + geometry.name();
        }
        return profile < 0 ? "no MIG profile" : geometry.profileName(profile);
    }

    private String amount(int check, long value) {
        return switch (check) {
            case GPU_MEMORY, MEMORY -> value + " MiB";
            case GPUS -> value + (value == 1 ? " GPU" : " GPUs");
            case SHARE -> value + " milli-GPU";
            case CPU -> value + " milli-cores";
            case POWER -> value + " W";
            default -> Long.toString(value);
        };
    }
}
