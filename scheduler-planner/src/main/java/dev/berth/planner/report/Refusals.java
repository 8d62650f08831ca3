package dev.berth.planner.report;

import dev.berth.placement.GangRefusal;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Refusal;
import dev.berth.planner.pack.Packing;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Collectors;

/** Refusals in words. */
final class Refusals {
    private static final int RACKS_SHOWN = 3;

    private Refusals() {}

    /** The job's name, and how many jobs asked for the same. */
    static String name(Packing packing, TaskClasses.Refused refused) {
        String name = packing.workload().jobs().get(refused.first().job()).name();
        int others = refused.jobs().size() - 1;
        return others == 0 ? name : name + " and " + others + " like it";
    }

    /** What binds, what was asked of it, and the best that a node had. */
    static String binding(Refusal refusal) {
        Refusal.Reason binding = refusal.binding();
        if (binding == null) {
            return "there is no node";
        }
        return binding.resource().equals("labels")
                ? "labels, asked " + binding.asked()
                : binding.resource() + ", asked " + binding.asked() + ", best node " + binding.best();
    }

    /** On how many nodes each thing failed, most first. */
    static String failing(Refusal refusal) {
        return refusal.reasons().stream()
                        .sorted(Comparator.comparingInt((Refusal.Reason reason) -> -reason.nodesFailing()))
                        .map(reason -> reason.resource() + " " + Figures.count(reason.nodesFailing()))
                        .collect(Collectors.joining(", "))
                + " of " + Figures.plural(refusal.nodes(), "node");
    }

    /** The smallest change that would have placed the task. */
    static String wouldFit(Refusal refusal) {
        Refusal.Relaxation relaxation = refusal.relaxation();
        if (relaxation == null) {
            return "no single change would place it";
        }
        String node = "would fit on " + relaxation.nodeName();
        return switch (relaxation.resource()) {
            case "node state" -> node + ", were it not " + relaxation.to();
            case "allowed nodes" -> node + ", were that allowed";
            case "labels" -> node + ", were its labels not asked for";
            case "gpu model" -> node + ", were " + relaxation.to() + " allowed";
            default -> node + " with " + relaxation.resource() + " " + relaxation.to() + " for " + relaxation.from();
        };
    }

    /** How many tasks of a refused gang would fit, and where most of them. */
    private static String mostRoom(GangRefusal refusal) {
        Refusal task = refusal.task();
        if (task != null) {
            return "not one fits: " + binding(task);
        }
        String fit = Figures.count(refusal.tasksThatFit()) + (refusal.tasksThatFit() == 1 ? " fits" : " fit");
        String tier = refusal.request().requiredTier();
        return refusal.rooms().stream()
                .filter(room -> room.tier().equals(tier))
                .map(room -> fit + ", room for " + Figures.count(room.tasks()) + " in " + room.domain())
                .findFirst()
                .orElse(fit);
    }

    /** The racks whose power caps keep a gang out, and what it would need of them; empty when none does. */
    static String power(GangRefusal refusal) {
        int others = refusal.power().size() - RACKS_SHOWN;
        return refusal.power().stream()
                        .limit(RACKS_SHOWN)
                        .map(rack -> "power of rack " + rack.rack() + ": cap " + Figures.count(rack.capW()) + " W "
                                + rack.basis().name().toLowerCase(Locale.ROOT) + ", drawn "
                                + Figures.count(rack.drawnW())
                                + " W, with the gang " + Figures.count(rack.neededW()) + " W")
                        .collect(Collectors.joining("; "))
                + (others > 0 ? "; and of " + Figures.plural(others, "other rack") : "");
    }

    /** How many tasks of a refused gang would fit, and which racks' power keeps it out. */
    static String inTheWay(GangRefusal refusal) {
        return refusal.power().isEmpty() ? mostRoom(refusal) : mostRoom(refusal) + "; " + power(refusal);
    }

    /** The smallest change that would have placed a gang. */
    static String wouldFit(GangRefusal refusal) {
        GangRefusal.Relaxation relaxation = refusal.relaxation();
        if (relaxation == null) {
            return "no single change would place it";
        }
        return "would fit with " + relaxation.field() + " " + relaxation.to() + " for " + relaxation.from();
    }

    /** How many tasks a gang has, and where they must stand. */
    static String asks(GangRequest gang) {
        StringBuilder asks = new StringBuilder();
        asks.append(
                gang.minTasks() == gang.maxTasks()
                        ? Figures.plural(gang.maxTasks(), "task")
                        : gang.minTasks() + " to " + Figures.plural(gang.maxTasks(), "task"));
        if (gang.requiredTier() != null) {
            asks.append(" in one ").append(gang.requiredTier());
        }
        if (gang.spreadTier() != null) {
            asks.append(" over ").append(gang.minDomains()).append(" of ").append(gang.spreadTier());
        }
        if (gang.segmentTier() != null) {
            asks.append(", each ")
                    .append(gang.segmentTasks())
                    .append(" in one ")
                    .append(gang.segmentTier());
        }
        return asks.toString();
    }
}
