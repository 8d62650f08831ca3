package dev.berth.k8s.objects;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pod asks for. Immutable.
 *
 * @param nodeName the node that it is bound to, or null
 * @param schedulerName the scheduler that binds it
 * @param priority the number of its priority class, 0 when none was resolved
 * @param schedulingGates names of the gates that still hold it
 * @param requests what it asks of a node in all, by the rules of kube-scheduler (containers, init containers, sidecars, overhead,
 *     pod-level resources): {@code cpu} in 1/1000 of a core, {@code memory}, {@code ephemeral-storage} and {@code hugepages-*} in bytes,
 *     all else in whole units
 * @param nodeSelector labels that its node must have
 * @param nodeTerms required node affinity: one of these must match; empty means any node
 * @param tolerations taints that it bears
 * @param podTerms required pod affinity and anti-affinity, and topology spread that may not be violated
 * @param hostPorts ports of the node that it takes
 * @param volumeClaims names of its persistent volume claims
 * @param resourceClaims whether it asks for devices by resource claims
 * @param podGroup name of the upstream PodGroup ({@code spec.schedulingGroup.podGroupName}), or null
 */
public record PodSpec(
        @Nullable String nodeName,
        String schedulerName,
        int priority,
        List<String> schedulingGates,
        Map<String, Long> requests,
        Map<String, String> nodeSelector,
        List<NodeTerm> nodeTerms,
        List<Toleration> tolerations,
        List<PodTerm> podTerms,
        List<HostPort> hostPorts,
        List<String> volumeClaims,
        boolean resourceClaims,
        @Nullable String podGroup) {
    /** Copies the collections. */
    public PodSpec {
        schedulingGates = List.copyOf(schedulingGates);
        requests = Map.copyOf(requests);
        nodeSelector = Map.copyOf(nodeSelector);
        nodeTerms = List.copyOf(nodeTerms);
        tolerations = List.copyOf(tolerations);
        podTerms = List.copyOf(podTerms);
        hostPorts = List.copyOf(hostPorts);
        volumeClaims = List.copyOf(volumeClaims);
    }

    /**
     * One term of a node selector: all its expressions must hold. A term without any matches nothing.
     *
     * @param labels expressions over labels of the node
     * @param fields expressions over {@code metadata.name}
     */
    public record NodeTerm(List<Expression> labels, List<Expression> fields) {
        /** Copies the lists. */
        public NodeTerm {
            labels = List.copyOf(labels);
            fields = List.copyOf(fields);
        }
    }

    /**
     * One expression of a selector.
     *
     * @param key label or field
     * @param operator In, NotIn, Exists, DoesNotExist, Gt or Lt, as on the wire
     * @param values what it compares with
     */
    public record Expression(String key, String operator, List<String> values) {
        /** Copies the list. */
        public Expression {
            values = List.copyOf(values);
        }
    }

    /**
     * A toleration.
     *
     * @param key key of the taint; empty with {@code Exists} means all
     * @param operator {@code Equal} or {@code Exists}
     * @param value value of the taint with {@code Equal}
     * @param effect {@code NoSchedule}, {@code PreferNoSchedule}, {@code NoExecute}, or empty for all
     */
    public record Toleration(String key, String operator, String value, String effect) {}

    /**
     * Where a pod must stand, or must not, for the sake of other pods.
     *
     * @param kind what it demands
     * @param topologyKey the label of nodes whose values are the domains
     * @param selector expressions over labels of other pods, all of which must hold
     * @param namespaces namespaces of the other pods; empty means the pod's own
     * @param allNamespaces whether pods of every namespace count
     * @param maxSkew of a spread constraint, else 0
     */
    public record PodTerm(
            Kind kind,
            String topologyKey,
            List<Expression> selector,
            List<String> namespaces,
            boolean allNamespaces,
            int maxSkew) {
        /** What a term demands. */
        public enum Kind {
            /** Such a pod in the same domain. */
            AFFINITY,
            /** No such pod in the same domain. */
            ANTI_AFFINITY,
            /** Numbers of such pods in the domains that differ by {@code maxSkew} at most. */
            SPREAD
        }

        /** Copies the lists. */
        public PodTerm {
            selector = List.copyOf(selector);
            namespaces = List.copyOf(namespaces);
        }
    }

    /**
     * A port of the node.
     *
     * @param protocol TCP, UDP or SCTP
     * @param ip the address, {@code 0.0.0.0} for all
     * @param port 1 to 65535
     */
    public record HostPort(String protocol, String ip, int port) {}
}
