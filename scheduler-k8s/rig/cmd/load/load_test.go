package main

import (
	"errors"
	"os"
	"testing"
	"time"
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

func TestALoadThatCanNeverBeBoundIsRefused(t *testing.T) {
	good := load{nodes: 2, gpusPerNode: 8, pods: 4, gpusPerPod: 3, clients: 1, timeout: time.Second}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	// Three GPUs fit twice on a node of eight: the two left over serve nobody.
	tooMany := good
	tooMany.pods = 5
	tooWide := good
	tooWide.gpusPerPod = 9
	for _, bad := range []load{tooMany, tooWide, {}} {
		if err := bad.check(); !errors.Is(err, errUsage) {
			t.Errorf("%+v: got %v, want a usage error", bad, err)
		}
	}
}

func TestANodeWithMoreGpusInUseThanItHasFailsTheRun(t *testing.T) {
	plan := load{nodes: 2, gpusPerNode: 8, pods: 3, gpusPerPod: 4, clients: 1, timeout: time.Second}
	now := time.Now()
	for _, nodes := range [][]string{{"a", "a", "b"}, {"a", "a", "a"}} {
		seen := newBindings(plan)
		for index, node := range nodes {
			seen.created[index], seen.bound[index], seen.nodes[index] = now, now.Add(time.Second), node
		}
		var into result
		err := seen.summarize(plan, now, &into)
		if overfull := nodes[2] == "a"; (err != nil) != overfull {
			t.Errorf("%v: got error %v", nodes, err)
		} else if !overfull && (into.NodesByGpusUsed[8] != 1 || into.NodesByGpusUsed[4] != 1 || into.PodsPerSecond != 3) {
			t.Errorf("%v: got %+v", nodes, into)
		}
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
