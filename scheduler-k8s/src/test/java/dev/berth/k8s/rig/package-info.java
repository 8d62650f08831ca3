/** Tests against a real Kubernetes control plane, and what starts one: {@code scheduler-k8s/rig}. */
package dev.berth.k8s.rig;
