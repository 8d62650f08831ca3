package dev.berth.k8s.cli;

import dev.berth.k8s.engine.Explanation;
import java.util.List;

/** Why, for people. */
final class WhyText {
    private static final int NAMES = 4;

    private WhyText() {}

    static void print(Explanation why, Paper paper) {
        paper.title(why.namespace() + "/" + why.name() + " " + state(why));
        paper.paragraph(why.sentence());
        boolean facts = why.nodeName() != null || why.gang() != null;
        if (facts) {
            paper.blank();
        }
        if (why.nodeName() != null) {
            paper.fact("node", NAMES, why.nodeName());
            if (!why.gpus().isEmpty()) {
                paper.fact("GPUs", NAMES, Texts.ranges(why.gpus()) + known(why));
            }
        }
        if (why.gang() != null) {
            String rank = why.rank() < 0 ? "" : ", rank " + why.rank();
            String tier = why.tier() == null ? "" : "; all of it stands in one " + why.tier();
            paper.fact("gang", NAMES, why.gang() + rank + tier);
        }
        list("In the way", why.reasons(), paper);
        list("Would help", why.wouldHelp(), paper);
    }

    private static String state(Explanation why) {
        return switch (why.state()) {
            case "waiting" -> "waits";
            case "reserved" -> "has a place that is held for it";
            case "releasing" -> "has a place and is being released to it";
            case "released" -> "has been released to its place";
            case "binding" -> "is being bound";
            case "bound" -> "is bound";
            case "not ours" -> "is not placed by Berth";
            default -> "is " + why.state();
        };
    }

    /** With the stock device plugin kubelet chooses, so the truth is known only where it was read back. */
    private static String known(Explanation why) {
        if (why.gpusKnown()) {
            return why.state().equals("bound") ? ", as read from the node" : "";
        }
        return why.state().equals("bound")
                ? ", as accounted; the device plugin may have chosen others"
                : ", as planned; the device plugin may choose others";
    }

    static void print(PodStory story, String silent, Paper paper) {
        paper.title(story.pod() + " " + state(story));
        paper.paragraph(story.sentence());
        if (story.plannedNode() != null || story.gang() != null) {
            paper.blank();
        }
        if (story.plannedNode() != null) {
            String gpus =
                    story.plannedGpus() == null || story.plannedGpus().isEmpty() ? "" : ", GPUs " + story.plannedGpus();
            paper.fact("plan", NAMES, story.plannedNode() + gpus);
        }
        if (story.gang() != null) {
            paper.fact("gang", NAMES, story.gang() + (story.rank() == null ? "" : ", rank " + story.rank()));
        }
        list("Written on it", story.told(), paper);
        list("Would help", story.wouldHelp(), paper);
        paper.blank();
        paper.warning("This is what the pod's own record tells, as Berth has not answered: " + silent + ".");
    }

    private static String state(PodStory story) {
        return switch (story.state()) {
            case "gated" -> "waits behind a gate";
            case "pending" -> "waits";
            case "bound" -> "is bound";
            case "finished" -> "has ended";
            case "deleting" -> "is being deleted";
            default -> "is " + story.state();
        };
    }

    private static void list(String heading, List<String> texts, Paper paper) {
        if (!texts.isEmpty()) {
            paper.heading(heading).items(texts);
        }
    }
}
