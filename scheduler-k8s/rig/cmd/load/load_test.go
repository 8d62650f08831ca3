package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWritesAreCountedAndReadsLeasesAndReviewsAreNot(t *testing.T) {
	metrics := []byte(`# HELP apiserver_request_total [STABLE] Counter of requests.
# TYPE apiserver_request_total counter
apiserver_request_total{code="201",component="apiserver",dry_run="",group="",resource="pods",scope="resource",subresource="",verb="POST",version="v1"} 5
apiserver_request_total{code="201",component="apiserver",dry_run="",group="",resource="pods",scope="resource",subresource="binding",verb="POST",version="v1"} 1e+06
apiserver_request_total{code="409",component="apiserver",dry_run="",group="",resource="pods",scope="resource",subresource="",verb="PATCH",version="v1"} 2
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="pods",scope="cluster",subresource="",verb="LIST",version="v1"} 100
apiserver_request_total{code="200",component="apiserver",dry_run="",group="coordination.k8s.io",resource="leases",scope="resource",subresource="",verb="PUT",version="v1"} 100
apiserver_request_total{code="201",component="apiserver",dry_run="",group="authorization.k8s.io",resource="subjectaccessreviews",scope="resource",subresource="",verb="POST",version="v1"} 100
apiserver_request_terminations_total{code="500",resource="pods",verb="POST"} 100
`)
	writes, err := sumWrites(metrics)
	if err != nil {
		t.Fatal(err)
	}
	if writes != 1_000_007 {
		t.Errorf("got %d writes, want 1000007", writes)
	}
}

func TestQuantilesAreValuesThatWereSeen(t *testing.T) {
	sorted := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for part, want := range map[float64]float64{0: 1, 0.1: 1, 0.11: 2, 0.5: 5, 0.99: 10, 1: 10} {
		if got := quantile(sorted, part); got != want {
			t.Errorf("quantile %v is %v, want %v", part, got, want)
		}
	}
}

// some is a load that is all right, with what has a default filled in.
func some(change func(*load)) load {
	plan := load{nodes: 2, gpusPerNode: 8, pods: 4, gpusPerPod: 3, gangBy: byBerth, clients: 1, timeout: time.Second}
	change(&plan)
	plan.complete()
	return plan
}

func TestALoadThatCanNeverBeBoundIsRefused(t *testing.T) {
	for name, good := range map[string]load{
		// Three GPUs fit twice on a node of eight: the two left over serve nobody.
		"full":                some(func(*load) {}),
		"standing alone":      some(func(l *load) { l.pods, l.standing = 0, 4 }),
		"standing and others": some(func(l *load) { l.pods, l.standing = 2, 2 }),
		"a gang":              some(func(l *load) { l.gangs, l.gangSize = 2, 2 }),
		"urgent":              some(func(l *load) { l.pods, l.urgent = 3, true }),
	} {
		if err := good.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string]load{
		"nothing":            {},
		"too many":           some(func(l *load) { l.pods = 5 }),
		"too many standing":  some(func(l *load) { l.standing = 1 }),
		"no pods":            some(func(l *load) { l.pods = 0 }),
		"no room for urgent": some(func(l *load) { l.urgent = true }),
		"urgent alone":       some(func(l *load) { l.pods, l.standing, l.urgent = 0, 1, true }),
		"too many in gangs":  some(func(l *load) { l.gangs, l.gangSize = 1, 5 }),
		"too wide":           some(func(l *load) { l.gpusPerPod = 9 }),
		"racks":              some(func(l *load) { l.racks = 3 }),
		"leafs":              some(func(l *load) { l.leaves = -1 }),
		"gang by":            some(func(l *load) { l.gangBy = "name" }),
		"empty gangs":        some(func(l *load) { l.gangs = 1 }),
	} {
		if err := bad.check(); !errors.Is(err, errUsage) {
			t.Errorf("%s, %+v: got %v, want a usage error", name, bad, err)
		}
	}
}

// bound is a run in which every pod waited for a second, for these nodes.
func bound(plan load, start time.Time, nodes []string) *bindings {
	seen := newBindings(plan)
	for index, node := range nodes {
		seen.created[index], seen.bound[index], seen.nodes[index] = start, start.Add(time.Second), node
	}
	return seen
}

func TestANodeWithMoreGpusInUseThanItHasFailsTheRun(t *testing.T) {
	plan := some(func(l *load) { l.nodes, l.pods, l.gpusPerPod, l.standing = 3, 3, 4, 1 })
	now := time.Now()
	for name, test := range map[string]struct {
		nodes []string
		fails bool
	}{
		"packed":            {[]string{nodeName(1), nodeName(1), nodeName(0)}, false},
		"one too many":      {[]string{nodeName(1), nodeName(1), nodeName(1)}, true},
		"beside a standing": {[]string{nodeName(0), nodeName(0), nodeName(1)}, true},
	} {
		var into result
		err := bound(plan, now, test.nodes).summarize(plan, now, &into)
		if (err != nil) != test.fails {
			t.Errorf("%s: got error %v", name, err)
		}
		if !test.fails && (into.NodesByGpusUsed[8] != 2 || len(into.NodesByGpusUsed) != 1 || into.PodsPerSecond != 3 || into.FreeWholeNodes != 1 || into.Fragmentation != 0) {
			t.Errorf("%s: got %+v", name, into)
		}
	}
}

func TestFragmentationIsThePartOfTheFreeGpusThatStandsBesideUsedOnes(t *testing.T) {
	plan := some(func(l *load) { l.nodes, l.pods, l.gpusPerPod = 4, 1, 2 })
	for name, test := range map[string]struct {
		podsOnNode map[string]int
		want       float64
		free       int
	}{
		"empty":       {map[string]int{}, 0, 4},
		"full":        {map[string]int{"a": 4, "b": 4, "c": 4, "d": 4}, 0, 0},
		"one in part": {map[string]int{"a": 1}, 0.2, 3},
		"all in part": {map[string]int{"a": 1, "b": 1, "c": 1, "d": 3}, 1, 0},
	} {
		var into result
		if err := plan.packing(test.podsOnNode, &into); err != nil || into.Fragmentation != test.want || into.FreeWholeNodes != test.free {
			t.Errorf("%s: got %+v, %v", name, into, err)
		}
	}
}

func TestAGangIsAtItsLowestTierOrNot(t *testing.T) {
	// Two nodes a rack, four a leaf; a node has room for two pods.
	for name, test := range map[string]struct {
		gangSize int
		nodes    []int
		want     int
	}{
		"in one node":            {2, []int{3, 3}, 1},
		"in one rack, too wide":  {2, []int{2, 3}, 0},
		"in one rack":            {3, []int{2, 3, 2}, 1},
		"in one leaf, too wide":  {3, []int{1, 2, 2}, 0},
		"in one leaf":            {5, []int{0, 1, 2, 3, 3}, 1},
		"over two leaves":        {5, []int{0, 1, 2, 3, 4}, 0},
		"larger than every leaf": {9, []int{0, 1, 2, 3, 4, 5, 6, 7, 7}, 1},
	} {
		plan := some(func(l *load) {
			l.nodes, l.racks, l.leaves, l.gpusPerPod, l.gangs, l.gangSize = 8, 4, 2, 4, 1, test.gangSize
		})
		var nodes []string
		for _, node := range test.nodes {
			nodes = append(nodes, nodeName(node))
		}
		if got := plan.gangsAtLowestTier(nodes); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}

func TestAGangOfWhichOnlySomePodsHaveANodeFailsTheRun(t *testing.T) {
	plan := some(func(l *load) { l.nodes, l.gangs, l.gangSize, l.gpusPerPod = 4, 2, 2, 8 })
	now := time.Now()
	for partial, nodes := range [][]string{{nodeName(0), nodeName(1), "", ""}, {nodeName(0), "", nodeName(1), nodeName(2)}, {nodeName(0), "", "", nodeName(1)}} {
		if got := bound(plan, now, nodes).partialGangs(plan); got != partial {
			t.Errorf("%v: got %d partial gangs, want %d", nodes, got, partial)
		}
		if err := bound(plan, now, nodes).summarize(plan, now, &result{}); partial > 0 && err == nil {
			t.Errorf("%v: no error", nodes)
		}
	}
}

func TestTheUrgentPodIsWaitedForAndItsWaitIsItsOwn(t *testing.T) {
	plan := some(func(l *load) { l.pods, l.urgent = 1, true })
	now := time.Now()
	seen := bound(plan, now, nil)
	seen.create(0)
	seen.createUrgent()
	see := func(pod *corev1.Pod, node string) {
		pod.Spec.NodeName = node
		seen.see(pod)
	}
	see(plan.pod(namespace, 0), nodeName(0))
	select {
	case <-seen.all:
		t.Error("the urgent pod was not waited for")
	default:
	}
	see(plan.urgentPod(namespace), nodeName(0))
	<-seen.all
	seen.urgentCreated, seen.urgentBound = now, now.Add(2*time.Second)
	var into result
	if err := seen.summarize(plan, now, &into); err != nil || into.UrgentWaitSeconds == nil || *into.UrgentWaitSeconds != 2 || into.NodesByGpusUsed[6] != 1 {
		t.Errorf("got %+v, %v", into, err)
	}
}

func TestPodsHaveAControllerUnlessTheyAreWantedBare(t *testing.T) {
	for _, bare := range []bool{false, true} {
		plan := some(func(l *load) { l.bare, l.gangs, l.gangSize = bare, 2, 2 })
		owner := metav1.GetControllerOf(plan.pod(namespace, 3))
		if bare != (owner == nil) || owner != nil && (owner.Kind != "Job" || owner.Name != gangName(1)) {
			t.Errorf("bare %v: got owner %+v", bare, owner)
		}
	}
}

func TestPodsThatWaitCarryTheGateWhenItIsWanted(t *testing.T) {
	for _, gated := range []bool{false, true} {
		plan := some(func(l *load) { l.gated = gated })
		for _, pod := range []*corev1.Pod{plan.pod(namespace, 0), plan.urgentPod(namespace)} {
			if gates := pod.Spec.SchedulingGates; gated != (len(gates) == 1 && gates[0].Name == gateName) {
				t.Errorf("gated %v: got gates %v", gated, gates)
			}
		}
		if gates := plan.standingPod(namespace, 0).Spec.SchedulingGates; len(gates) > 0 {
			t.Errorf("gated %v: got gates %v of a pod that is bound", gated, gates)
		}
	}
}

func TestAGangIsNamedByAnnotationsOrByItsPodGroup(t *testing.T) {
	plan := some(func(l *load) { l.gangs, l.gangSize = 2, 2 })
	if pod := plan.pod(namespace, 2); pod.Annotations[gangAnnotation] != gangName(1) || pod.Annotations[gangSizeAnnotation] != "2" {
		t.Errorf("got annotations %v", pod.Annotations)
	}
	plan.gangBy = byPodGroup
	if pod := plan.pod(namespace, 2); *pod.Spec.SchedulingGroup.PodGroupName != gangName(1) || len(pod.Annotations) != 0 {
		t.Errorf("got scheduling group %v and annotations %v", pod.Spec.SchedulingGroup, pod.Annotations)
	}
}

func TestTheHeapIsFoundAmongTheMetrics(t *testing.T) {
	text := `# TYPE jvm_memory_used_bytes gauge
jvm_memory_used_bytes{area="nonheap"} 1.0
jvm_memory_used_bytes{area="heap"} 2.5E7
`
	if got, err := heapBytes(strings.NewReader(text)); err != nil || got != 25e6 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := heapBytes(strings.NewReader("")); err == nil {
		t.Error("no error without the metric")
	}
}

func TestReadinessIsCountedFromTheStartOfTheProcess(t *testing.T) {
	rig := t.TempDir()
	if err := os.Mkdir(filepath.Join(rig, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	hooks := berthHooks{rig: rig, before: fmt.Sprintf("echo %d >%s/run/berth.pid", os.Getpid(), rig)}
	seconds, err := hooks.start(context.Background())
	if err != nil || *seconds < 0 {
		t.Errorf("got %v, %v", seconds, err)
	}
	hooks.before = "exit 3"
	if _, err := hooks.start(context.Background()); err == nil {
		t.Error("a command that fails is no error")
	}
	if seconds, err := (berthHooks{}).start(context.Background()); seconds != nil || err != nil {
		t.Errorf("without a command: got %v, %v", seconds, err)
	}
}

func TestThisProcessIsRead(t *testing.T) {
	read, err := readProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if read.peakRssMib <= 1 || read.cpuSeconds < 0 {
		t.Errorf("got %+v", read)
	}
}
