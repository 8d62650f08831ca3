package dev.berth.k8s.engine;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What kube-scheduler asks. Thread-safe; none of the calls waits for the API server. */
public interface Extender {
    /**
     * The one of the named nodes where the pod shall stand; what it will hold there is held for it from now on, until it is bound, asked for anew, deleted, or too
     * long a time has passed. Asking again is no error, also with other names.
     */
    FilterAnswer filter(PodObject pod, Collection<String> nodeNames);

    /** All of the named nodes that would do, best ones first. Holds nothing: for those who want advice only. */
    FilterAnswer advise(PodObject pod, Collection<String> nodeNames);

    /**
     * Where a pod would stand on these nodes, which need not exist. Holds nothing and changes nothing.
     *
     * @param nodes those that are known stand as they do, with what is held on them; the others are empty
     */
    FilterAnswer simulate(PodObject pod, List<NodeObject> nodes);

    /** A score of 0 to 10 for each named node; 10 for where the pod shall stand. Holds nothing. */
    Map<String, Integer> scores(PodObject pod, Collection<String> nodeNames);

    /**
     * Binds a pod to a node, if that is still right.
     *
     * @param done called once, from any thread: with an empty text when it is bound, else with why not
     */
    void bind(PodRef pod, String nodeName, Consumer<String> done);

    /**
     * Which of the nodes may be freed for a pod, and of which victims: those of a gang that could not go on without them with all others of it on the node. Where others stand on other nodes, Berth takes them when
     * the victims are really taken.
     */
    Map<String, Victims> preempt(PodObject pod, Map<String, Victims> victimsByNode);
}
