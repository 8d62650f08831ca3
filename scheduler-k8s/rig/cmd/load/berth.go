package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// berthHooks is how component berth of a rig is started and looked at; empty where there is none.
type berthHooks struct {
	rig, before, metrics string
}

// start runs the command, and returns how long ago the process started when the command, which waits for it to be ready, ended.
func (b berthHooks) start(ctx context.Context) (*float64, error) {
	if b.before == "" {
		return nil, nil
	}
	command := exec.CommandContext(ctx, "sh", "-c", b.before)
	// What it says is for people: stdout is the result's.
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", b.before, err)
	}
	pid, err := b.pid()
	if err != nil {
		return nil, err
	}
	age, err := ageSeconds(pid)
	if err != nil {
		return nil, err
	}
	age = rounded(age)
	fmt.Fprintf(os.Stderr, "load: berth is ready %.1f s after its start\n", age)
	return &age, nil
}

func (b berthHooks) pid() (int, error) {
	file := filepath.Join(b.rig, "run", "berth.pid")
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// heapMib collects Berth's heap, where a JDK's jcmd is there to ask for it, and reads what is in use then.
func (b berthHooks) heapMib(ctx context.Context) (*float64, error) {
	if b.metrics == "" {
		return nil, nil
	}
	pid, err := b.pid()
	if err != nil {
		return nil, err
	}
	// To what is no JVM jcmd's knocking is SIGQUIT.
	if program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err != nil || filepath.Base(program) != "java" {
		return nil, err
	}
	if output, err := exec.CommandContext(ctx, "jcmd", strconv.Itoa(pid), "GC.run").CombinedOutput(); err != nil {
		if !errors.Is(err, exec.ErrNotFound) {
			return nil, fmt.Errorf("jcmd %d GC.run: %w: %s", pid, err, output)
		}
		fmt.Fprintln(os.Stderr, "load: no jcmd found: heapMib has what was not collected yet in it")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.metrics, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", b.metrics, answer.Status)
	}
	bytes, err := heapBytes(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.metrics, err)
	}
	mib := rounded(bytes / (1 << 20))
	return &mib, nil
}

// heapBytes finds the JVM's heap in use among metrics in the text format of Prometheus.
func heapBytes(metrics io.Reader) (float64, error) {
	const name = `jvm_memory_used_bytes{area="heap"} `
	lines := bufio.NewScanner(metrics)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), name); found {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("no %s", strings.TrimSpace(name))
}
