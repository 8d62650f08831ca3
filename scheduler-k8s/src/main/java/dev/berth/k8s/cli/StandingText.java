package dev.berth.k8s.cli;

import dev.berth.k8s.engine.ClusterView.WaitingView;
import dev.berth.k8s.engine.Insight.Figures;
import dev.berth.k8s.page.Status;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How Berth stands, for people. */
final class StandingText {
    private static final int NAMES = 11;
    private static final int WAITING = 10;

    private StandingText() {}

    static void print(Standing standing, Paper paper) {
        @Nullable Status status = standing.status();
        paper.title(headline(standing));
        lease(standing.leader(), paper);
        if (status == null) {
            paper.warning("Berth does not answer: " + standing.silent() + ".");
            gated(standing.gated(), paper);
            return;
        }
        paper.blank();
        figures(status.figures(), paper);
        waiting(status, standing.nowMillis(), paper);
    }

    private static String headline(Standing standing) {
        @Nullable Status status = standing.status();
        if (status == null) {
            return "Berth does not answer";
        }
        return status.ready()
                ? "Berth decides"
                : "The replica that answered does not lead, or has not seen the cluster yet";
    }

    private static void lease(LeaseView leader, Paper paper) {
        if (leader.problem() != null) {
            paper.fact("leader", NAMES, "not known: " + leader.problem());
            return;
        }
        Duration age = leader.age();
        String renewed = age == null
                ? ""
                : ", renewed " + Texts.lasting(age) + " ago" + (leader.expired() ? ": its time is over" : "");
        paper.fact("leader", NAMES, (leader.holder() == null ? "nobody" : leader.holder()) + renewed);
    }

    private static void gated(@Nullable Integer gated, Paper paper) {
        if (gated == null) {
            return;
        }
        if (gated == 0) {
            paper.paragraph("Its gate holds no pod.");
        } else {
            paper.paragraph("Its gate holds " + Texts.plural(gated, "pod")
                    + ", which wait until it answers again; berth k8s release --all-namespaces gives them to"
                    + " kube-scheduler.");
        }
    }

    private static void figures(Figures figures, Paper paper) {
        double part = figures.gpus() == 0 ? 0 : figures.gpusHeldMilli() / 1000.0 / figures.gpus();
        paper.fact(
                "GPUs",
                NAMES,
                Texts.count(figures.gpus()) + ", of which " + Texts.gpus(figures.gpusHeldMilli()) + " held ("
                        + Texts.percent(part) + ")");
        paper.fact(
                "pods",
                NAMES,
                Texts.count(figures.podsBound()) + " bound, " + Texts.count(figures.podsHeld())
                        + " with a place and not bound yet, " + Texts.count(figures.podsWaiting()) + " waiting");
        if (figures.podsGpusKnown() > 0) {
            paper.fact(
                    "read back",
                    NAMES,
                    "GPUs of " + Texts.count(figures.podsGpusKnown()) + " of "
                            + Texts.count(figures.podsGpusKnown() + (long) figures.podsGpusNotKnown()) + " pods, "
                            + Texts.count(figures.podsOnOtherGpus()) + " of them other GPUs than planned");
        }
        paper.fact("gangs", NAMES, Texts.count(figures.gangsWaiting()) + " waiting");
        paper.fact(
                "since start",
                NAMES,
                Texts.count(figures.placed()) + " placed, " + Texts.count(figures.refused()) + " refused at first, "
                        + Texts.count(figures.expired()) + " places given up, " + Texts.count(figures.healed())
                        + " healed, " + Texts.plural(figures.driftRepairs(), "repair") + " of the book");
        if (figures.overcommittedNodes() > 0) {
            paper.warning(
                    "On " + Texts.plural(figures.overcommittedNodes(), "node") + " pods hold more than there is.");
        }
    }

    private static void waiting(Status status, long nowMillis, Paper paper) {
        List<WaitingView> waiting = status.waiting();
        if (waiting.isEmpty()) {
            return;
        }
        paper.heading("Waiting, in their order");
        for (WaitingView one : waiting.subList(0, Math.min(waiting.size(), WAITING))) {
            String pods = !one.gang()
                    ? ""
                    : one.pods() < one.minPods()
                            ? ", " + one.pods() + " of " + one.minPods() + " pods are there"
                            : ", " + Texts.plural(one.pods(), "pod");
            String priority = one.priority() == 0 ? "" : ", priority " + Texts.count(one.priority());
            paper.items(List.of((one.gang() ? "gang " : "") + one.name() + pods + priority + ", for "
                    + Texts.lasting(Duration.ofMillis(nowMillis - one.sinceMillis())) + ": " + one.why()));
        }
        long all = status.figures().gangsWaiting() + (long) status.figures().podsWaiting();
        if (waiting.size() > WAITING) {
            paper.paragraph("and more; " + Texts.count(all) + " gangs and pods in all");
        }
    }
}
