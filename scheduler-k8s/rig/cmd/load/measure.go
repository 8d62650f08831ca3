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
	// Nodes of which no GPU is in use.
	FreeWholeNodes int `json:"freeWholeNodes"`
	// Of the GPUs that are free, the part that stands on nodes of which others are in use; 0 when none is free.
	Fragmentation float64 `json:"fragmentation"`
	// What was asked for beside it; left out where it was not.
	Standing int `json:"standing,omitempty"`
	Gangs    int `json:"gangs,omitempty"`
	GangSize int `json:"gangSize,omitempty"`
	// Gangs that stand in one node, rack, leaf or spine, where that is the smallest of them that a gang of this size fits in.
	GangsAtLowestTier *int     `json:"gangsAtLowestTier,omitempty"`
	UrgentWaitSeconds *float64 `json:"urgentWaitSeconds,omitempty"`
	// Berth: from the start of its process until it was ready, and its heap after a collection, when all was done.
	ReadySeconds *float64 `json:"readySeconds,omitempty"`
	HeapMib      *float64 `json:"heapMib,omitempty"`
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
	// Of the urgent pod, when there is one.
	urgentCreated, urgentBound time.Time
	urgentNode                 string
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
		b.indices[podName(index)] = index
	}
	if plan.urgent {
		b.missing++
	}
	if b.missing == 0 {
		close(b.all)
	}
	return b
}

func (b *bindings) create(index int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.created[index] = time.Now()
}

func (b *bindings) createUrgent() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.urgentCreated = time.Now()
}

func (b *bindings) see(object any) {
	pod, ok := object.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" {
		return
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	index, known := b.indices[pod.Name]
	switch {
	case known && b.nodes[index] == "":
		b.bound[index], b.nodes[index] = time.Now(), pod.Spec.NodeName
	case pod.Name == urgentName && b.urgentNode == "":
		b.urgentBound, b.urgentNode = time.Now(), pod.Spec.NodeName
	default:
		return
	}
	if b.missing--; b.missing == 0 {
		close(b.all)
	}
}

// measure fills the cluster, sends the pods and waits until the last one has a node.
func measure(ctx context.Context, client kubernetes.Interface, plan load, berth berthHooks) (*result, error) {
	started := time.Now()
	if err := plan.createNodes(ctx, client); err != nil {
		return nil, fmt.Errorf("creating nodes: %w", err)
	}
	fmt.Fprintf(os.Stderr, "load: %d nodes in %.1f s\n", plan.nodes, time.Since(started).Seconds())
	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, space, metav1.CreateOptions{}); err != nil {
		return nil, fmt.Errorf("creating namespace %s (each measurement needs a fresh cluster): %w", namespace, err)
	}
	if plan.standing > 0 {
		started = time.Now()
		if err := plan.createStanding(ctx, client); err != nil {
			return nil, fmt.Errorf("creating standing pods: %w", err)
		}
		fmt.Fprintf(os.Stderr, "load: %d standing pods in %.1f s\n", plan.standing, time.Since(started).Seconds())
	}
	if plan.urgent {
		if err := createUrgentClass(ctx, client); err != nil {
			return nil, fmt.Errorf("creating the priority class %s: %w", urgentName, err)
		}
	}
	if err := plan.createGroups(ctx, client); err != nil {
		return nil, fmt.Errorf("creating pod groups: %w", err)
	}
	readySeconds, err := berth.start(ctx)
	if err != nil {
		return nil, err
	}
	seen := newBindings(plan)
	stop, err := watch(client, seen)
	if err != nil {
		return nil, err
	}
	defer stop()

	processesBefore, err := processes(berth.rig)
	if err != nil {
		return nil, err
	}
	writesBefore, err := settledWrites(ctx, client)
	if err != nil {
		return nil, err
	}
	started = time.Now()
	if err := plan.parallel(ctx, plan.pods, func(ctx context.Context, index int) error {
		if plan.urgent && index == plan.pods/2 {
			seen.createUrgent()
			if _, err := client.CoreV1().Pods(namespace).Create(ctx, plan.urgentPod(namespace), metav1.CreateOptions{}); err != nil {
				return err
			}
		}
		seen.create(index)
		_, err := client.CoreV1().Pods(namespace).Create(ctx, plan.pod(namespace, index), metav1.CreateOptions{})
		return err
	}); err != nil {
		return nil, fmt.Errorf("creating pods: %w", err)
	}
	creation := time.Since(started)
	if err := seen.await(ctx, plan); err != nil {
		return nil, err
	}
	writes, err := settledWrites(ctx, client)
	if err != nil {
		return nil, err
	}
	processesAfter, err := processes(berth.rig)
	if err != nil {
		return nil, err
	}
	created := int64(plan.pods)
	if plan.urgent {
		created++
	}
	measured := &result{
		Nodes: plan.nodes, Pods: plan.pods, GpusPerPod: plan.gpusPerPod,
		Standing: plan.standing, Gangs: plan.gangs,
		CreationSeconds: rounded(creation.Seconds()),
		ApiWritesPerPod: rounded(float64(writes-writesBefore-created) / float64(max(1, created))),
		RssMib:          map[string]float64{},
		CpuSeconds:      map[string]float64{},
		ReadySeconds:    readySeconds,
	}
	if plan.gangs > 0 {
		measured.GangSize = plan.gangSize
	}
	for name, after := range processesAfter {
		measured.RssMib[name] = math.Round(after.peakRssMib)
		measured.CpuSeconds[name] = rounded(after.cpuSeconds - processesBefore[name].cpuSeconds)
	}
	// Last: it makes Berth collect its heap, which takes CPU and memory.
	if measured.HeapMib, err = berth.heapMib(ctx); err != nil {
		return nil, err
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

func (b *bindings) await(ctx context.Context, plan load) error {
	late := time.After(plan.timeout)
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
			return fmt.Errorf("%d of %d pods have no node after %s%s", b.missing, len(b.nodes), plan.timeout, partialText(b.partialGangs(plan)))
		case <-progress.C:
			b.mutex.Lock()
			fmt.Fprintf(os.Stderr, "load: %d of %d pods bound\n", len(b.nodes)-b.missing, len(b.nodes))
			b.mutex.Unlock()
		}
	}
}

// partialGangs counts those of which some pods have a node and others have none.
func (b *bindings) partialGangs(plan load) int {
	partial := 0
	for gang := range plan.gangs {
		bound := 0
		for _, node := range b.nodes[gang*plan.gangSize : (gang+1)*plan.gangSize] {
			if node != "" {
				bound++
			}
		}
		if bound > 0 && bound < plan.gangSize {
			partial++
		}
	}
	return partial
}

func partialText(gangs int) string {
	if gangs == 0 {
		return ""
	}
	return fmt.Sprintf("; %d gangs stand in part", gangs)
}

// summarize adds to a result what the bindings say, and fails when a node got more GPUs than it has.
func (b *bindings) summarize(plan load, started time.Time, into *result) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	waits := make([]float64, plan.pods)
	podsOnNode := map[string]int{}
	for index := range plan.standing {
		podsOnNode[nodeName(index/plan.podsPerNode())]++
	}
	last := started
	for index, bound := range b.bound {
		waits[index] = bound.Sub(b.created[index]).Seconds()
		podsOnNode[b.nodes[index]]++
		if bound.After(last) {
			last = bound
		}
	}
	if plan.urgent {
		podsOnNode[b.urgentNode]++
		wait := rounded(b.urgentBound.Sub(b.urgentCreated).Seconds())
		into.UrgentWaitSeconds = &wait
	}
	if plan.pods > 0 {
		slices.Sort(waits)
		into.PodsPerSecond = rounded(float64(plan.pods) / last.Sub(started).Seconds())
		into.WaitP50Seconds = rounded(quantile(waits, 0.50))
		into.WaitP99Seconds = rounded(quantile(waits, 0.99))
	}
	if partial := b.partialGangs(plan); partial > 0 {
		return fmt.Errorf("%d gangs stand in part", partial)
	}
	if plan.gangs > 0 {
		count := plan.gangsAtLowestTier(b.nodes)
		into.GangsAtLowestTier = &count
	}
	return plan.packing(podsOnNode, into)
}

// packing adds how the GPUs of the nodes are used, and fails when a node has more in use than it has.
func (l load) packing(podsOnNode map[string]int, into *result) error {
	into.NodesByGpusUsed = map[int]int{}
	into.FreeWholeNodes = l.nodes
	free, freeOnUsed := l.nodes*l.gpusPerNode, 0
	for node, pods := range podsOnNode {
		gpus := pods * l.gpusPerPod
		if gpus > l.gpusPerNode {
			return fmt.Errorf("node %s has %d GPUs and got pods for %d", node, l.gpusPerNode, gpus)
		}
		into.NodesByGpusUsed[gpus]++
		into.FreeWholeNodes--
		free -= gpus
		freeOnUsed += l.gpusPerNode - gpus
	}
	if free > 0 {
		into.Fragmentation = rounded(float64(freeOnUsed) / float64(free))
	}
	return nil
}

// gangsAtLowestTier counts the gangs that stand in one domain of the lowest tier of which some domain has room for such a gang
// when it is empty. When the whole cluster is the lowest, all do.
func (l load) gangsAtLowestTier(nodes []string) int {
	indices := make(map[string]int, l.nodes)
	for index := range l.nodes {
		indices[nodeName(index)] = index
	}
	domainOf := l.lowestTier()
	count := 0
	for gang := range l.gangs {
		members := nodes[gang*l.gangSize : (gang+1)*l.gangSize]
		first := domainOf(indices[members[0]])
		if !slices.ContainsFunc(members, func(node string) bool { return domainOf(indices[node]) != first }) {
			count++
		}
	}
	return count
}

// lowestTier tells the domain of a node by its index.
func (l load) lowestTier() func(node int) int {
	for _, domainOf := range []func(int) int{func(node int) int { return node }, l.rackOf, l.leafOf, l.spineOf} {
		room := map[int]int{}
		for node := range l.nodes {
			domain := domainOf(node)
			if room[domain] += l.podsPerNode(); room[domain] >= l.gangSize {
				return domainOf
			}
		}
	}
	return func(int) int { return 0 }
}

// quantile is the smallest of the sorted values that at least that part of them does not exceed.
func quantile(sorted []float64, part float64) float64 {
	return sorted[max(0, int(math.Ceil(part*float64(len(sorted))))-1)]
}

func rounded(value float64) float64 { return math.Round(value*1000) / 1000 }
