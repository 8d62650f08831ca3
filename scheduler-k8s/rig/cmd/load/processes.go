package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Linux tells CPU time in ticks of 1/100 s to every program, whatever the kernel counts with (proc(5), sysconf(3)).
const ticksPerSecond = 100

// process is what /proc tells of one process.
type process struct {
	cpuSeconds float64
	// peakRssMib is the most memory that it ever had in RAM.
	peakRssMib float64
}

// processes reads those of the rig in a folder, by its files run/NAME.pid, and this one, under the name load.
func processes(rig string) (map[string]process, error) {
	found := map[string]process{}
	own, err := readProcess(os.Getpid())
	if err != nil {
		return nil, err
	}
	found["load"] = own
	if rig == "" {
		return found, nil
	}
	files, err := filepath.Glob(filepath.Join(rig, "run", "*.pid"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("--rig %s: no process runs there", rig)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".pid")
		read, err := readProcess(pid)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			return nil, fmt.Errorf("%s, process %d, is gone", name, pid)
		}
		if err != nil {
			return nil, err
		}
		found[name] = read
	}
	return found, nil
}

func readProcess(pid int) (process, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, err
	}
	// The name, in brackets, may hold blanks; user and system time are the 12th and 13th field after it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] {
		value, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return process{}, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
		ticks += value
	}
	peakKib, err := peakRssKib(pid)
	return process{float64(ticks) / ticksPerSecond, float64(peakKib) / 1024}, err
}

// ageSeconds is how long ago a process started: both times are counted from when the machine was.
func ageSeconds(pid int) (float64, error) {
	path := fmt.Sprintf("/proc/%d/stat", pid)
	stat, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	started, err := strconv.ParseFloat(fields[19], 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	now, err := strconv.ParseFloat(strings.Fields(string(uptime))[0], 64)
	if err != nil {
		return 0, fmt.Errorf("/proc/uptime: %w", err)
	}
	return now - started/ticksPerSecond, nil
}

func peakRssKib(pid int) (int64, error) {
	path := fmt.Sprintf("/proc/%d/status", pid)
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			return strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
		}
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("%s has no VmHWM: the process is gone", path)
}
