package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"k8s.io/client-go/kubernetes"
)

// The API server's own count of requests, in the text format of Prometheus; label values are quoted.
var (
	requestCount = regexp.MustCompile(`^apiserver_request_total\{(.*)\} (\S+)$`)
	label        = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
	writingVerbs = map[string]bool{"POST": true, "PUT": true, "PATCH": true, "APPLY": true, "DELETE": true, "DELETECOLLECTION": true}
)

// countWrites reads how many writes the API server has been asked for, refused ones included, since it started.
// Leases are left out: they are renewed by the clock, whatever is scheduled. So are the checks of rights and
// identities, which are POST requests that write nothing.
func countWrites(ctx context.Context, client kubernetes.Interface) (int64, error) {
	text, err := client.CoreV1().RESTClient().Get().AbsPath("/metrics").SetHeader("Accept", "text/plain").DoRaw(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the API server's metrics: %w", err)
	}
	return sumWrites(text)
}

func sumWrites(metrics []byte) (int64, error) {
	var writes int64
	lines := bufio.NewScanner(bytes.NewReader(metrics))
	// One line is one combination of labels, but help texts may be long.
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		match := requestCount.FindStringSubmatch(lines.Text())
		if match == nil {
			continue
		}
		labels := map[string]string{}
		for _, pair := range label.FindAllStringSubmatch(match[1], -1) {
			labels[pair[1]] = pair[2]
		}
		switch labels["resource"] {
		case "leases", "subjectaccessreviews", "tokenreviews", "selfsubjectreviews", "selfsubjectaccessreviews":
			continue
		}
		if !writingVerbs[labels["verb"]] {
			continue
		}
		value, err := strconv.ParseFloat(match[2], 64)
		if err != nil {
			return 0, fmt.Errorf("apiserver_request_total: %w", err)
		}
		writes += int64(value)
	}
	return writes, lines.Err()
}

// settledWrites is countWrites once nothing has been written for quiet: schedulers send events after they have bound.
// Where writing never ends, it gives up waiting after a minute, with the count so far.
func settledWrites(ctx context.Context, client kubernetes.Interface) (int64, error) {
	const quiet, poll, most = 2 * time.Second, 500 * time.Millisecond, time.Minute
	last, err := countWrites(ctx, client)
	if err != nil {
		return 0, err
	}
	started, changed := time.Now(), time.Now()
	for time.Since(changed) < quiet && time.Since(started) < most {
		if err := sleep(ctx, poll); err != nil {
			return 0, err
		}
		now, err := countWrites(ctx, client)
		if err != nil {
			return 0, err
		}
		if now != last {
			last, changed = now, time.Now()
		}
	}
	return last, nil
}

func sleep(ctx context.Context, duration time.Duration) error {
	select {
	case <-time.After(duration):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
