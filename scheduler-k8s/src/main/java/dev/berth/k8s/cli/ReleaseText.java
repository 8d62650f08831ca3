package dev.berth.k8s.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What became of pods, for people. */
final class ReleaseText {
    /** So many are named one by one. */
    private static final int NAMED = 20;

    private ReleaseText() {}

    static void print(Released released, Paper paper) {
        int held = released.held().size();
        if (held == 0) {
            paper.title("No pod here is held by Berth's gate");
        } else if (released.dryRun()) {
            paper.title("Would release " + Texts.plural(held, "pod") + namespaces(released.held()));
            pods(released.held(), paper);
        } else {
            long done = released.count(Releaser.Kind.RELEASED);
            List<Gated> freed = of(released, Releaser.Kind.RELEASED);
            paper.title("Released " + (done == held ? "" : Texts.count(done) + " of ") + Texts.plural(held, "pod")
                    + namespaces(released.held()));
            pods(freed, paper);
            meanwhile(released, paper);
            failures(released, paper);
        }
        List<Gated> others = (released.dryRun() ? released.held() : of(released, Releaser.Kind.RELEASED))
                .stream().filter(pod -> !pod.others().isEmpty()).toList();
        if (!others.isEmpty()) {
            paper.heading("Other gates hold them too")
                    .items(named(others.stream()
                            .map(pod -> pod.pod() + ": " + String.join(", ", pod.others()))
                            .toList()));
        }
        if (!released.notHeld().isEmpty()) {
            paper.heading("Not held by Berth's gate")
                    .items(named(
                            released.notHeld().stream().map(PodName::toString).toList()));
        }
    }

    private static List<Gated> of(Released released, Releaser.Kind kind) {
        return released.results().stream()
                .filter(result -> result.kind() == kind)
                .map(Releaser.Result::pod)
                .toList();
    }

    private static String namespaces(List<Gated> pods) {
        List<String> names =
                pods.stream().map(pod -> pod.pod().namespace()).distinct().toList();
        return names.size() == 1 ? " in namespace " + names.get(0) : " in " + Texts.count(names.size()) + " namespaces";
    }

    /** Few by their names, many by how many there are in each namespace. */
    private static void pods(List<Gated> pods, Paper paper) {
        if (pods.isEmpty()) {
            return;
        }
        if (pods.size() <= NAMED) {
            paper.items(pods.stream().map(pod -> pod.pod().toString()).toList());
            return;
        }
        Map<String, Integer> counts = new LinkedHashMap<>();
        pods.forEach(pod -> counts.merge(pod.pod().namespace(), 1, Integer::sum));
        List<String> lines = new ArrayList<>();
        counts.forEach((namespace, count) -> lines.add(namespace + ": " + Texts.plural(count, "pod")));
        paper.items(named(lines));
    }

    private static void meanwhile(Released released, Paper paper) {
        long free = released.count(Releaser.Kind.FREE);
        long gone = released.count(Releaser.Kind.GONE);
        List<String> texts = new ArrayList<>();
        if (free > 0) {
            texts.add(Texts.plural(free, "pod") + " had been released by others");
        }
        if (gone > 0) {
            texts.add(Texts.plural(gone, "pod") + " had been deleted");
        }
        if (!texts.isEmpty()) {
            paper.heading("Meanwhile").items(texts);
        }
    }

    private static void failures(Released released, Paper paper) {
        List<String> failed = released.results().stream()
                .filter(result -> result.kind() == Releaser.Kind.FAILED)
                .map(result -> result.pod().pod() + ": " + result.message())
                .toList();
        if (!failed.isEmpty()) {
            paper.heading("Not released").items(named(failed));
        }
    }

    private static List<String> named(List<String> texts) {
        if (texts.size() <= NAMED) {
            return texts;
        }
        List<String> shown = new ArrayList<>(texts.subList(0, NAMED));
        shown.add("and " + Texts.count(texts.size() - NAMED) + " more, which --format json lists");
        return shown;
    }
}
