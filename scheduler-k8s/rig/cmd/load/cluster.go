package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

const (
	gpuResource = "nvidia.com/gpu"

	// The switches that nodes hang on, as a two-level fabric has them: 16 nodes a leaf, 16 leaves a spine.
	nodesPerLeaf   = 16
	leavesPerSpine = 16

	// What stands beside a GPU in an eight-GPU machine of 128 cores and 2 TiB, and what a pod takes of it for each GPU:
	// less than its share, so that GPUs decide.
	nodeCpuCores, nodeMemoryGib     = 128, 2048
	podCpuCoresPerGpu, podMemoryGib = 4, 32
)

// load says what to create.
type load struct {
	nodes, gpusPerNode int
	pods, gpusPerPod   int
	clients            int
	timeout            time.Duration
}

func (l load) check() error {
	switch {
	case l.nodes < 1:
		return fmt.Errorf("%w: --nodes %d: at least 1 is needed", errUsage, l.nodes)
	case l.gpusPerNode < 1 || l.gpusPerNode > 16:
		return fmt.Errorf("%w: --gpus-per-node %d: 1 to 16 are allowed", errUsage, l.gpusPerNode)
	case l.pods < 1:
		return fmt.Errorf("%w: --pods %d: at least 1 is needed", errUsage, l.pods)
	case l.gpusPerPod < 1 || l.gpusPerPod > l.gpusPerNode:
		return fmt.Errorf("%w: --gpus %d: 1 to %d, the GPUs of a node, are allowed", errUsage, l.gpusPerPod, l.gpusPerNode)
	case l.clients < 1:
		return fmt.Errorf("%w: --clients %d: at least 1 is needed", errUsage, l.clients)
	case l.timeout <= 0:
		return fmt.Errorf("%w: --timeout %s: more than 0 is needed", errUsage, l.timeout)
	}
	if room := l.nodes * (l.gpusPerNode / l.gpusPerPod); l.pods > room {
		return fmt.Errorf("%w: --pods %d: the %d nodes have room for %d such pods", errUsage, l.pods, l.nodes, room)
	}
	return nil
}

func (l load) node(index int) *corev1.Node {
	name := fmt.Sprintf("gpu-node-%05d", index)
	leaf := index / nodesPerLeaf
	resources := corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewQuantity(nodeCpuCores, resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(nodeMemoryGib<<30, resource.BinarySI),
		corev1.ResourcePods:   *resource.NewQuantity(110, resource.DecimalSI),
		gpuResource:           *resource.NewQuantity(int64(l.gpusPerNode), resource.DecimalSI),
	}
	now := metav1.Now()
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				corev1.LabelHostname:     name,
				corev1.LabelOSStable:     "linux",
				corev1.LabelArchStable:   "amd64",
				corev1.LabelTopologyZone: "zone-1",
				"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
				"nvidia.com/gpu.count":   fmt.Sprint(l.gpusPerNode),
				"nvidia.com/gpu.memory":  "81559",
				// The keys that NVIDIA's Topograph writes, closest first.
				"network.topology.nvidia.com/leaf":  fmt.Sprintf("leaf-%04d", leaf),
				"network.topology.nvidia.com/spine": fmt.Sprintf("spine-%03d", leaf/leavesPerSpine),
				"network.topology.nvidia.com/core":  "core-1",
			},
		},
		Status: corev1.NodeStatus{
			Capacity:    resources,
			Allocatable: resources,
			Conditions: []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady",
				LastHeartbeatTime: now, LastTransitionTime: now,
			}},
		},
	}
}

func (l load) pod(namespace string, index int) *corev1.Pod {
	gpus := int64(l.gpusPerPod)
	resources := corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewQuantity(podCpuCoresPerGpu*gpus, resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(podMemoryGib<<30*gpus, resource.BinarySI),
		gpuResource:           *resource.NewQuantity(gpus, resource.DecimalSI),
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("pod-%06d", index)},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name:      "main",
			Image:     "registry.example/none",
			Resources: corev1.ResourceRequirements{Requests: resources, Limits: resources},
		}}},
	}
}

func (l load) createNodes(ctx context.Context, client kubernetes.Interface) error {
	return l.parallel(ctx, l.nodes, func(ctx context.Context, index int) error {
		// Creating a node keeps the status that is sent along.
		_, err := client.CoreV1().Nodes().Create(ctx, l.node(index), metav1.CreateOptions{})
		return err
	})
}

// parallel calls create with 0 to count-1; the first error ends it.
func (l load) parallel(ctx context.Context, count int, create func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	indices := make(chan int)
	var clients sync.WaitGroup
	for range l.clients {
		clients.Go(func() {
			for index := range indices {
				if err := create(ctx, index); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	func() {
		defer close(indices)
		for index := range count {
			select {
			case indices <- index:
			case <-ctx.Done():
				return
			}
		}
	}()
	clients.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return ctx.Err()
}
