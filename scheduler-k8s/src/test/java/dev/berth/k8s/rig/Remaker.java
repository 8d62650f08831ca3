package dev.berth.k8s.rig;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Does what the controller of a Job does, as none runs in a rig: a pod that is deleted is made anew, under another name. Only of pods that were handed to it.
 */
final class Remaker implements AutoCloseable {
    private final KubernetesClient client;
    private final Map<String, Pod> templates = new ConcurrentHashMap<>();
    private final AtomicInteger made = new AtomicInteger();
    private final SharedIndexInformer<Pod> informer;
    private volatile boolean closed;

    Remaker(KubernetesClient client, String namespace) {
        this.client = client;
        informer = client.pods().inNamespace(namespace).inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Pod pod) {}

            @Override
            public void onUpdate(Pod before, Pod pod) {}

            @Override
            public void onDelete(Pod pod, boolean isUnknown) {
                Pod template = templates.remove(pod.getMetadata().getUid());
                if (template != null && !closed) {
                    create(new PodBuilder(template)
                            .editMetadata()
                            .withName(template.getMetadata().getName().replaceAll("--\\d+$", "") + "--"
                                    + made.incrementAndGet())
                            .endMetadata()
                            .build());
                }
            }
        });
    }

    /** Creates a pod, and sees to it that there is always one like it. */
    Pod create(Pod template) {
        Pod created = client.resource(template).create();
        templates.put(created.getMetadata().getUid(), template);
        return created;
    }

    /** Lets the pods of a name end for good. */
    void abandon(String app) {
        templates
                .values()
                .removeIf(template ->
                        app.equals(template.getMetadata().getLabels().get(Scene.APP)));
    }

    @Override
    public void close() {
        closed = true;
        templates.clear();
        informer.close();
    }
}
