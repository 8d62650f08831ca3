package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const namespace = "load"

// result is what one run comes to. Times are this program's: from just before a pod is sent to the API server until its
// node is seen. The name of a field is what readers of the JSON rely on.
type result struct {
	Mode       string `json:"mode"`
	Nodes      int    `json:"nodes"`
	Pods       int    `json:"pods"`
	GpusPerPod int    `json:"gpusPerPod"`
	// Pods over the time from the first creation to the last binding.
	PodsPerSecond   float64 `json:"podsPerSecond"`
	WaitP50Seconds  float64 `json:"waitP50Seconds"`
	WaitP99Seconds  float64 `json:"waitP99Seconds"`
	CreationSeconds float64 `json:"creationSeconds"`
	// How many nodes have that many GPUs in use; nodes without any are left out.
	NodesByGpusUsed map[int]int `json:"nodesByGpusUsed"`
	// All writes but the creation of the pods.
	ApiWritesPerPod float64 `json:"apiWritesPerPod"`
	// Per process: the most since it started, and CPU from the first creation until nothing was written any more.
	RssMib     map[string]float64 `json:"rssMib"`
	CpuSeconds map[string]float64 `json:"cpuSeconds"`
}

// bindings collects when each pod was created and when and where it was seen bound.
type bindings struct {
	mutex   sync.Mutex
	created []time.Time
	indices map[string]int
	bound   []time.Time
	nodes   []string
	missing int
	all     chan struct{}
}

func newBindings(plan load) *bindings {
	b := &bindings{
		created: make([]time.Time, plan.pods),
		indices: make(map[string]int, plan.pods),
		bound:   make([]time.Time, plan.pods),
		nodes:   make([]string, plan.pods),
		missing: plan.pods,
		all:     make(chan struct{}),
	}
	for index := range plan.pods {
		b.indices[plan.pod(namespace, index).Name] = index
	}
	return b
}

func (b *bindings) create(index int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.created[index] = time.Now()
}

func (b *bindings) see(object any) {
	pod, ok := object.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" {
		return
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	index, known := b.indices[pod.Name]
	if !known || b.nodes[index] != "" {
		return
	}
	b.bound[index], b.nodes[index] = time.Now(), pod.Spec.NodeName
	if b.missing--; b.missing == 0 {
		close(b.all)
	}
}

// measure fills the cluster, sends the pods and waits until the last one has a node.
func measure(ctx context.Context, client kubernetes.Interface, plan load, rig string) (*result, error) {
	started := time.Now()
	if err := plan.createNodes(ctx, client); err != nil {
		return nil, fmt.Errorf("creating nodes: %w", err)
	}
	fmt.Fprintf(os.Stderr, "load: %d nodes in %.1f s\n", plan.nodes, time.Since(started).Seconds())
	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, space, metav1.CreateOptions{}); err != nil {
		return nil, fmt.Errorf("creating namespace %s (each measurement needs a fresh cluster): %w", namespace, err)
	}
	seen := newBindings(plan)
	stop, err := watch(client, seen)
	if err != nil {
		return nil, err
	}
	defer stop()

	processesBefore, err := processes(rig)
	if err != nil {
		return nil, err
	}
	writesBefore, err := settledWrites(ctx, client)
	if err != nil {
		return nil, err
	}
	started = time.Now()
	if err := plan.parallel(ctx, plan.pods, func(ctx context.Context, index int) error {
		seen.create(index)
		_, err := client.CoreV1().Pods(namespace).Create(ctx, plan.pod(namespace, index), metav1.CreateOptions{})
		return err
	}); err != nil {
		return nil, fmt.Errorf("creating pods: %w", err)
	}
	creation := time.Since(started)
	if err := seen.await(ctx, plan.timeout); err != nil {
		return nil, err
	}
	writes, err := settledWrites(ctx, client)
	if err != nil {
		return nil, err
	}
	processesAfter, err := processes(rig)
	if err != nil {
		return nil, err
	}
	measured := &result{
		Nodes: plan.nodes, Pods: plan.pods, GpusPerPod: plan.gpusPerPod,
		CreationSeconds: rounded(creation.Seconds()),
		ApiWritesPerPod: rounded(float64(writes-writesBefore-int64(plan.pods)) / float64(plan.pods)),
		RssMib:          map[string]float64{},
		CpuSeconds:      map[string]float64{},
	}
	for name, after := range processesAfter {
		measured.RssMib[name] = math.Round(after.peakRssMib)
		measured.CpuSeconds[name] = rounded(after.cpuSeconds - processesBefore[name].cpuSeconds)
	}
	return measured, seen.summarize(plan, started, measured)
}

// watch reports pods to seen until stop is called. An informer, as it goes on where a plain watch is dropped under load.
func watch(client kubernetes.Interface, seen *bindings) (stop func(), err error) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	informer := factory.Core().V1().Pods().Informer()
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    seen.see,
		UpdateFunc: func(_, pod any) { seen.see(pod) },
	}); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	stop = func() {
		close(done)
		factory.Shutdown()
	}
	factory.Start(done)
	factory.WaitForCacheSync(done)
	return stop, nil
}

func (b *bindings) await(ctx context.Context, timeout time.Duration) error {
	late := time.After(timeout)
	progress := time.NewTicker(5 * time.Second)
	defer progress.Stop()
	for {
		select {
		case <-b.all:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			b.mutex.Lock()
			defer b.mutex.Unlock()
			return fmt.Errorf("%d of %d pods have no node after %s", b.missing, len(b.nodes), timeout)
		case <-progress.C:
			b.mutex.Lock()
			fmt.Fprintf(os.Stderr, "load: %d of %d pods bound\n", len(b.nodes)-b.missing, len(b.nodes))
			b.mutex.Unlock()
		}
	}
}

// summarize adds to a result what the bindings say, and fails when a node got more GPUs than it has.
func (b *bindings) summarize(plan load, started time.Time, into *result) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	waits := make([]float64, plan.pods)
	podsOnNode := map[string]int{}
	last := started
	for index, bound := range b.bound {
		waits[index] = bound.Sub(b.created[index]).Seconds()
		podsOnNode[b.nodes[index]]++
		if bound.After(last) {
			last = bound
		}
	}
	slices.Sort(waits)
	into.PodsPerSecond = rounded(float64(plan.pods) / last.Sub(started).Seconds())
	into.WaitP50Seconds = rounded(quantile(waits, 0.50))
	into.WaitP99Seconds = rounded(quantile(waits, 0.99))
	into.NodesByGpusUsed = map[int]int{}
	for node, pods := range podsOnNode {
		gpus := pods * plan.gpusPerPod
		if gpus > plan.gpusPerNode {
			return fmt.Errorf("node %s has %d GPUs and got pods for %d", node, plan.gpusPerNode, gpus)
		}
		into.NodesByGpusUsed[gpus]++
	}
	return nil
}

// quantile is the smallest of the sorted values that at least that part of them does not exceed.
func quantile(sorted []float64, part float64) float64 {
	return sorted[max(0, int(math.Ceil(part*float64(len(sorted))))-1)]
}

func rounded(value float64) float64 { return math.Round(value*1000) / 1000 }
