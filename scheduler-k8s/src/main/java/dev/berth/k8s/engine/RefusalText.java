package dev.berth.k8s.engine;

import dev.berth.placement.GangRefusal;
import dev.berth.placement.Refusal;
import java.util.ArrayList;
import java.util.List;

/**
 * A refusal as people read it. Immutable.
 *
 * @param sentence the one thing to know
 * @param reasons what was asked, what is there and what is missing, by resource
 * @param wouldHelp changes that would place it
 */
record RefusalText(String sentence, List<String> reasons, List<String> wouldHelp) {
    static final RefusalText NONE = new RefusalText("", List.of(), List.of());

    RefusalText {
        reasons = List.copyOf(reasons);
        wouldHelp = List.copyOf(wouldHelp);
    }

    static RefusalText of(String sentence) {
        return new RefusalText(sentence, List.of(), List.of());
    }

    /** Of a pod; {@code notAllowed} says what keeps it off nodes besides room, or is empty. */
    static RefusalText of(Refusal refusal, String notAllowed) {
        List<String> reasons = new ArrayList<>();
        for (Refusal.Reason reason : refusal.reasons()) {
            boolean allowed = reason.resource().equals("allowed nodes");
            reasons.add(
                    allowed && !notAllowed.isEmpty()
                            ? notAllowed
                            : reason.resource() + ": asked " + reason.asked() + ", best " + reason.best()
                                    + (reason.missing().isEmpty() ? "" : ", missing " + reason.missing()) + " ("
                                    + reason.nodesFailing() + " of " + refusal.nodes() + " nodes, "
                                    + reason.nodesFailingOnlyThis() + " only this)");
        }
        Refusal.Reason binding = refusal.binding();
        String sentence = refusal.nodes() == 0
                ? "the cluster has no nodes"
                : binding == null
                        ? "no node has room"
                        : "no room on " + refusal.nodes() + " nodes: "
                                + (binding.resource().equals("allowed nodes") && !notAllowed.isEmpty()
                                        ? notAllowed
                                        : binding.resource() + " asked " + binding.asked() + ", best "
                                                + binding.best());
        Refusal.Relaxation help = refusal.relaxation();
        List<String> wouldHelp = help == null
                ? List.of()
                : List.of(help.resource() + " " + help.to() + " instead of " + help.from() + " would fit on "
                        + help.nodeName());
        return new RefusalText(sentence, reasons, wouldHelp);
    }

    static RefusalText of(GangRefusal refusal, String notAllowed) {
        if (refusal.task() != null) {
            RefusalText task = of(refusal.task(), notAllowed);
            return new RefusalText("not even one pod of the gang fits: " + task.sentence, task.reasons, task.wouldHelp);
        }
        List<String> reasons = new ArrayList<>();
        for (GangRefusal.Room room : refusal.rooms()) {
            reasons.add(room.tier() + ": " + room.domain() + " has most room, for " + room.tasks() + " of "
                    + refusal.request().minTasks() + " pods");
        }
        for (GangRefusal.Power power : refusal.power()) {
            reasons.add("power of rack " + power.rack() + ": cap " + power.capW() + " W, drawn " + power.drawnW()
                    + " W, needed " + power.neededW() + " W");
        }
        if (!notAllowed.isEmpty()) {
            reasons.add(notAllowed);
        }
        List<String> wouldHelp = new ArrayList<>();
        for (GangRefusal.Relaxation help : refusal.relaxations()) {
            wouldHelp.add(help.field() + " " + help.to() + " instead of " + help.from());
        }
        String where = refusal.request().requiredTier() == null
                ? ""
                : " in one domain of tier " + refusal.request().requiredTier();
        return new RefusalText(
                "room for " + refusal.tasksThatFit() + " of "
                        + refusal.request().minTasks() + " pods" + where,
                reasons,
                wouldHelp);
    }
}
