package main

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	schedulingv1alpha2 "k8s.io/api/scheduling/v1alpha2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

const (
	gpuResource = "nvidia.com/gpu"

	// How pods say which gang they belong to.
	byBerth, byPodGroup = "berth", "podgroup"

	// The switches and racks that nodes hang on when nothing else is said: 4 nodes a rack, 16 a leaf; and 16 leaves a spine.
	nodesPerRack   = 4
	nodesPerLeaf   = 16
	leavesPerSpine = 16

	rackLabel  = "topology.kubernetes.io/rack"
	leafLabel  = "network.topology.nvidia.com/leaf"
	spineLabel = "network.topology.nvidia.com/spine"

	gateName                           = "berth.dev/plan"
	gangAnnotation, gangSizeAnnotation = "berth.dev/gang", "berth.dev/gang-size"

	urgentName     = "urgent"
	urgentPriority = 1_000_000

	// What stands beside a GPU in an eight-GPU machine of 128 cores and 2 TiB, and what a pod takes of it for each GPU:
	// less than its share, so that GPUs decide.
	nodeCpuCores, nodeMemoryGib     = 128, 2048
	podCpuCoresPerGpu, podMemoryGib = 4, 32
)

// load says what to create.
type load struct {
	nodes, gpusPerNode int
	// racks and leaves are how many of them the nodes are spread over, next to each other; 0: as many as is usual.
	racks, leaves    int
	pods, gpusPerPod int
	// With gangs, pods is gangs times gangSize, and pods of one gang come one after another.
	gangs, gangSize int
	gangBy          string
	// standing pods of the same size are bound before anything else is done, node by node.
	standing int
	// bare pods have no controller that would make them anew.
	bare bool
	// gated pods carry Berth's gate when they are created, so that nobody has to add it.
	gated bool
	// urgent: one more pod, of a higher priority, is sent when half of the others are.
	urgent  bool
	clients int
	timeout time.Duration
}

// complete fills in what follows from the rest.
func (l *load) complete() {
	if l.gangs > 0 {
		l.pods = l.gangs * l.gangSize
	}
	if l.racks == 0 {
		l.racks = (l.nodes + nodesPerRack - 1) / nodesPerRack
	}
	if l.leaves == 0 {
		l.leaves = (l.nodes + nodesPerLeaf - 1) / nodesPerLeaf
	}
}

func (l load) check() error {
	switch {
	case l.nodes < 1:
		return fmt.Errorf("%w: --nodes %d: at least 1 is needed", errUsage, l.nodes)
	case l.gpusPerNode < 1 || l.gpusPerNode > 16:
		return fmt.Errorf("%w: --gpus-per-node %d: 1 to 16 are allowed", errUsage, l.gpusPerNode)
	case l.racks < 0 || l.racks > l.nodes:
		return fmt.Errorf("%w: --racks %d: 1 to %d, the nodes, are allowed, or 0 for one per %d", errUsage, l.racks, l.nodes, nodesPerRack)
	case l.leaves < 0 || l.leaves > l.nodes:
		return fmt.Errorf("%w: --leafs %d: 1 to %d, the nodes, are allowed, or 0 for one per %d", errUsage, l.leaves, l.nodes, nodesPerLeaf)
	case l.gangs < 0:
		return fmt.Errorf("%w: --gangs %d: at least 0 is needed", errUsage, l.gangs)
	case l.gangs > 0 && l.gangSize < 1:
		return fmt.Errorf("%w: --gang-size %d: at least 1 is needed", errUsage, l.gangSize)
	case l.gangBy != byBerth && l.gangBy != byPodGroup:
		return fmt.Errorf("%w: --gang-by %q: %s and %s are allowed", errUsage, l.gangBy, byBerth, byPodGroup)
	case l.standing < 0:
		return fmt.Errorf("%w: --standing %d: at least 0 is needed", errUsage, l.standing)
	case l.pods < 0 || l.pods == 0 && l.standing == 0:
		return fmt.Errorf("%w: --pods %d: at least 1 is needed, or 0 with --standing", errUsage, l.pods)
	case l.pods == 0 && l.urgent:
		return fmt.Errorf("%w: --urgent needs other pods to be waiting", errUsage)
	case l.gpusPerPod < 1 || l.gpusPerPod > l.gpusPerNode:
		return fmt.Errorf("%w: --gpus %d: 1 to %d, the GPUs of a node, are allowed", errUsage, l.gpusPerPod, l.gpusPerNode)
	case l.clients < 1:
		return fmt.Errorf("%w: --clients %d: at least 1 is needed", errUsage, l.clients)
	case l.timeout <= 0:
		return fmt.Errorf("%w: --timeout %s: more than 0 is needed", errUsage, l.timeout)
	}
	all, named := l.pods+l.standing, fmt.Sprintf("--pods %d", l.pods)
	if l.gangs > 0 {
		named = fmt.Sprintf("--gangs %d --gang-size %d", l.gangs, l.gangSize)
	}
	if l.standing > 0 {
		named += fmt.Sprintf(" --standing %d", l.standing)
	}
	if l.urgent {
		all++
		named += " --urgent"
	}
	if room := l.nodes * l.podsPerNode(); all > room {
		return fmt.Errorf("%w: %s: the %d nodes have room for %d such pods", errUsage, named, l.nodes, room)
	}
	return nil
}

func (l load) podsPerNode() int { return l.gpusPerNode / l.gpusPerPod }

// Nodes with consecutive indices stand together; domains differ by one node at most.
func (l load) rackOf(node int) int  { return node * l.racks / l.nodes }
func (l load) leafOf(node int) int  { return node * l.leaves / l.nodes }
func (l load) spineOf(node int) int { return l.leafOf(node) / leavesPerSpine }

func nodeName(index int) string { return fmt.Sprintf("gpu-node-%05d", index) }

func (l load) node(index int) *corev1.Node {
	name := nodeName(index)
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
				rackLabel:                fmt.Sprintf("rack-%05d", l.rackOf(index)),
				// The keys that NVIDIA's Topograph writes, closest first.
				leafLabel:                          fmt.Sprintf("leaf-%04d", l.leafOf(index)),
				spineLabel:                         fmt.Sprintf("spine-%03d", l.spineOf(index)),
				"network.topology.nvidia.com/core": "core-1",
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

func podName(index int) string { return fmt.Sprintf("pod-%06d", index) }

// pod is one of those that are measured; its gang, if it has one, follows from its index.
func (l load) pod(namespace string, index int) *corev1.Pod {
	if l.gangs == 0 {
		return l.newPod(namespace, podName(index), "load")
	}
	gang := gangName(index / l.gangSize)
	pod := l.newPod(namespace, podName(index), gang)
	if l.gangBy == byPodGroup {
		pod.Spec.SchedulingGroup = &corev1.PodSchedulingGroup{PodGroupName: &gang}
	} else {
		pod.Annotations = map[string]string{gangAnnotation: gang, gangSizeAnnotation: fmt.Sprint(l.gangSize)}
	}
	return pod
}

func gangName(index int) string { return fmt.Sprintf("gang-%05d", index) }

func (l load) standingPod(namespace string, index int) *corev1.Pod {
	pod := l.anyPod(namespace, fmt.Sprintf("standing-%06d", index), "standing")
	pod.Spec.NodeName = nodeName(index / l.podsPerNode())
	return pod
}

func (l load) urgentPod(namespace string) *corev1.Pod {
	pod := l.newPod(namespace, urgentName, urgentName)
	pod.Spec.PriorityClassName = urgentName
	return pod
}

// newPod is one that waits to be placed.
func (l load) newPod(namespace, name, job string) *corev1.Pod {
	pod := l.anyPod(namespace, name, job)
	if l.gated {
		pod.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: gateName}}
	}
	return pod
}

// anyPod belongs to a Job of that name, as GPU pods do, unless they are wanted bare. There need be no such Job: nothing here looks.
func (l load) anyPod(namespace, name, job string) *corev1.Pod {
	gpus := int64(l.gpusPerPod)
	resources := corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewQuantity(podCpuCoresPerGpu*gpus, resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(podMemoryGib<<30*gpus, resource.BinarySI),
		gpuResource:           *resource.NewQuantity(gpus, resource.DecimalSI),
	}
	var owners []metav1.OwnerReference
	if !l.bare {
		controls := true
		owners = []metav1.OwnerReference{{
			APIVersion: "batch/v1", Kind: "Job", Name: job, UID: types.UID("00000000-0000-4000-8000-" + fmt.Sprintf("%012x", crc32.ChecksumIEEE([]byte(job)))),
			Controller: &controls,
		}}
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, OwnerReferences: owners},
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

func (l load) createStanding(ctx context.Context, client kubernetes.Interface) error {
	return l.parallel(ctx, l.standing, func(ctx context.Context, index int) error {
		_, err := client.CoreV1().Pods(namespace).Create(ctx, l.standingPod(namespace, index), metav1.CreateOptions{})
		return err
	})
}

// createGroups makes what gangs stand for beside their pods: nothing, for those that are named by annotations.
func (l load) createGroups(ctx context.Context, client kubernetes.Interface) error {
	if l.gangBy != byPodGroup {
		return nil
	}
	return l.parallel(ctx, l.gangs, func(ctx context.Context, index int) error {
		group := &schedulingv1alpha2.PodGroup{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: gangName(index)},
			Spec: schedulingv1alpha2.PodGroupSpec{SchedulingPolicy: schedulingv1alpha2.PodGroupSchedulingPolicy{
				Gang: &schedulingv1alpha2.GangSchedulingPolicy{MinCount: int32(l.gangSize)},
			}},
		}
		_, err := client.SchedulingV1alpha2().PodGroups(namespace).Create(ctx, group, metav1.CreateOptions{})
		return err
	})
}

func createUrgentClass(ctx context.Context, client kubernetes.Interface) error {
	class := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: urgentName}, Value: urgentPriority}
	_, err := client.SchedulingV1().PriorityClasses().Create(ctx, class, metav1.CreateOptions{})
	return err
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
