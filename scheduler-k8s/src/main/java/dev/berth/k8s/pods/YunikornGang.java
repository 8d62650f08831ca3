package dev.berth.k8s.pods;

import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.placement.GangRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * YuniKorn's task groups: each is a gang of its own, because later groups of an application are often made by the pods of the first (a
 * Spark driver makes executors), and would wait for ever if the first waited for them. Usually only the first pod carries {@code
 * task-groups}; the others find what it declares as {@linkplain #declared group objects}.
 */
final class YunikornGang implements GangConvention {
    static final String CONVENTION = "yunikorn";

    private static final String PREFIX = "yunikorn.apache.org/";
    private static final String GROUPS = PREFIX + "task-groups";
    private static final String POLICY = PREFIX + "schedulingPolicyParameters";
    private static final String TIMEOUT = "placeholderTimeoutInSeconds";

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String group = words.annotation(PREFIX + "task-group-name");
        String application = application(words);
        if (group == null || application == null) {
            return null;
        }
        String name = application + "/" + group;
        int rank = Gangs.completionIndex(words);
        for (GroupObject declared : declared(words)) {
            if (declared.name().equals(name)) {
                return FoundGang.ofGroup(CONVENTION, name, declared, rank);
            }
        }
        return FoundGang.ofGroup(
                CONVENTION, name, groups.find(CONVENTION, words.pod().namespace(), name), rank);
    }

    private static @Nullable String application(Words words) {
        return Gangs.first(
                words.either(PREFIX + "app-id"), words.label("applicationId"), words.label("spark-app-selector"));
    }

    /** The task groups that a pod declares; none where it declares none. */
    static List<GroupObject> declared(Words words) {
        String json = words.annotation(GROUPS);
        String application = application(words);
        if (json == null || application == null) {
            return List.of();
        }
        PodObject pod = words.pod();
        int timeout = timeoutSeconds(words);
        List<GroupObject> declared = new ArrayList<>();
        String form = "[{\"name\": ..., \"minMember\": ...}]";
        for (AnnotationJson.Entry group : AnnotationJson.entries(words, "annotation " + GROUPS, json, form)) {
            String name = group.texts().get("name");
            String min = group.texts().get("minMember");
            if (name == null || min == null) {
                words.problems().add("annotation " + GROUPS, json, form);
                continue;
            }
            int least =
                    words.number("annotation " + GROUPS + " minMember of " + name, min, 0, GangRequest.MAX_TASKS, 0);
            declared.add(new GroupObject(
                    CONVENTION, pod.namespace(), application + "/" + name, "", least, timeout, null, null));
        }
        return declared;
    }

    private static int timeoutSeconds(Words words) {
        String parameters = words.annotation(POLICY);
        if (parameters == null) {
            return 0;
        }
        for (String parameter : parameters.split("\\s+", -1)) {
            if (parameter.startsWith(TIMEOUT + "=")) {
                return words.number(
                        "annotation " + POLICY + " " + TIMEOUT,
                        parameter.substring(TIMEOUT.length() + 1),
                        0,
                        Integer.MAX_VALUE,
                        0);
            }
        }
        return 0;
    }
}
