package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.HyperNodeObject;
import dev.berth.k8s.objects.LevelsObject;
import dev.berth.k8s.objects.ResourceSliceObject;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps {@link TopologyObjects} while objects come and go. Methods say whether anything changed that {@link ClusterReader} looks at. Not thread-safe.
 */
public final class TopologyStore {
    private final Map<String, LevelsObject> levels = new HashMap<>();
    private final Map<String, HyperNodeObject> hyperNodes = new HashMap<>();
    private final Map<String, ResourceSliceObject> slices = new HashMap<>();
    private @Nullable TopologyObjects now = TopologyObjects.NONE;

    /** An object is there, or has changed. */
    public boolean seen(LevelsObject object) {
        return changed(!object.equals(levels.put(key(object.kind(), object.name()), object)));
    }

    /** An object of a kind ({@link LevelsObject#kind}) is gone. */
    public boolean levelsGone(String kind, String name) {
        return changed(levels.remove(key(kind, name)) != null);
    }

    /** A HyperNode is there, or has changed. */
    public boolean seen(HyperNodeObject object) {
        return changed(!object.equals(hyperNodes.put(object.name(), object)));
    }

    /** A HyperNode is gone. */
    public boolean hyperNodeGone(String name) {
        return changed(hyperNodes.remove(name) != null);
    }

    /** A ResourceSlice is there, or has changed. */
    public boolean seen(ResourceSliceObject object) {
        return changed(!object.equals(slices.put(object.name(), object)));
    }

    /** A ResourceSlice is gone. */
    public boolean sliceGone(String name) {
        return changed(slices.remove(name) != null);
    }

    private static String key(String kind, String name) {
        return kind + "/" + name;
    }

    private boolean changed(boolean really) {
        if (really) {
            now = null;
        }
        return really;
    }

    /** All that is there. O(objects) after a change. */
    public TopologyObjects objects() {
        TopologyObjects objects = now;
        if (objects == null) {
            objects = TopologyObjects.of(levels.values(), hyperNodes.values(), slices.values());
            now = objects;
        }
        return objects;
    }
}
