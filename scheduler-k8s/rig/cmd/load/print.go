package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

func printCommand(arguments []string) error {
	flags := flag.NewFlagSet("load print", flag.ContinueOnError)
	format := flags.String("format", "table", "table or json")
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	results := []result{}
	for _, file := range flags.Args() {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var one result
		if err := json.Unmarshal(text, &one); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		results = append(results, one)
	}
	switch *format {
	case "json":
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(results)
	case "table":
		return printTable(os.Stdout, results)
	default:
		return fmt.Errorf("%w: --format %q: table and json are allowed", errUsage, *format)
	}
}

func printTable(out io.Writer, results []result) error {
	for _, one := range results[:min(1, len(results))] {
		fmt.Fprintf(out, "%d pods with %d GPU(s) each on %d nodes", one.Pods, one.GpusPerPod, one.Nodes)
		if one.Gangs > 0 {
			fmt.Fprintf(out, ", %d gangs of %d", one.Gangs, one.GangSize)
		}
		if one.Standing > 0 {
			fmt.Fprintf(out, ", beside %d that stand", one.Standing)
		}
		fmt.Fprint(out, "\n\n")
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "mode\tpods/s\tsent in\twait p50\twait p99\tAPI writes per pod\tnodes by GPUs used")
	for _, one := range results {
		fmt.Fprintf(table, "%s\t%.0f\t%.1f s\t%.2f s\t%.2f s\t%.2f\t%s\n", one.Mode, one.PodsPerSecond,
			one.CreationSeconds, one.WaitP50Seconds, one.WaitP99Seconds, one.ApiWritesPerPod, nodesText(one.NodesByGpusUsed))
	}
	fmt.Fprintln(table)
	fmt.Fprintln(table, "mode\tfree whole nodes\tfree GPUs beside used ones\tgangs at lowest tier\turgent wait\tready in\theap")
	for _, one := range results {
		fmt.Fprintf(table, "%s\t%d\t%.1f %%\t%s\t%s\t%s\t%s\n", one.Mode, one.FreeWholeNodes, 100*one.Fragmentation,
			optional("%d", one.GangsAtLowestTier), optional("%.2f s", one.UrgentWaitSeconds),
			optional("%.1f s", one.ReadySeconds), optional("%.0f MiB", one.HeapMib))
	}
	fmt.Fprintln(table)
	fmt.Fprintln(table, "mode\tprocess\tCPU\tCPU per pod\tmost memory")
	for _, one := range results {
		for _, name := range slices.Sorted(maps.Keys(one.CpuSeconds)) {
			fmt.Fprintf(table, "%s\t%s\t%.2f s\t%.2f ms\t%.0f MiB\n", one.Mode, name, one.CpuSeconds[name],
				one.CpuSeconds[name]*1000/float64(max(1, one.Pods)), one.RssMib[name])
		}
	}
	return table.Flush()
}

func nodesText(nodesByGpusUsed map[int]int) string {
	var parts []string
	for _, gpus := range slices.Sorted(maps.Keys(nodesByGpusUsed)) {
		parts = append(parts, fmt.Sprintf("%d with %d", nodesByGpusUsed[gpus], gpus))
	}
	return strings.Join(parts, ", ")
}

// optional is a value as text, or a dash where there is none.
func optional[T any](format string, value *T) string {
	if value == nil {
		return "-"
	}
	return fmt.Sprintf(format, *value)
}
