// Load fills a cluster with GPU nodes, sends GPU pods, and measures how they get bound.
//
//	load measure --kubeconfig FILE [--rig DIR] [--mode NAME] [--before COMMAND] [--metrics URL] [options of the load]
//	load print --format table|json FILE...
//
// measure prints one JSON object on stdout; print puts such files together. Exit codes: 0, 1 failed, 2 usage.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const usage = "usage: load measure --kubeconfig FILE [options] | load print --format table|json FILE...; see load measure --help"

// errUsage marks what the caller has to write differently.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("%w: no command given; %s", errUsage, usage)
	}
	switch arguments[0] {
	case "measure":
		return measureCommand(ctx, arguments[1:])
	case "print":
		return printCommand(arguments[1:])
	default:
		return fmt.Errorf("%w: unknown command %q; %s", errUsage, arguments[0], usage)
	}
}

func measureCommand(ctx context.Context, arguments []string) error {
	var plan load
	flags := flag.NewFlagSet("load measure", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "file that says how to reach the API server, as somebody who may create nodes and read /metrics")
	rig := flags.String("rig", "", "folder of the rig, for the CPU and memory of its processes")
	mode := flags.String("mode", "", "name of what is measured, copied to the result")
	checkOnly := flags.Bool("check", false, "only check the other options")
	before := flags.String("before", "", "command to run by sh once nodes and standing pods are there; it starts component berth of the rig and waits until that is ready")
	metrics := flags.String("metrics", "", "address of the metrics of component berth, for its heap")
	flags.IntVar(&plan.nodes, "nodes", 500, "nodes to create")
	flags.IntVar(&plan.gpusPerNode, "gpus-per-node", 8, "GPUs of each node, 1 to 16")
	flags.IntVar(&plan.pods, "pods", 500, "pods to create")
	flags.IntVar(&plan.gpusPerPod, "gpus", 1, "GPUs that each pod asks for")
	flags.IntVar(&plan.racks, "racks", 0, "racks that the nodes are spread over; 0: one for 4 nodes")
	flags.IntVar(&plan.leaves, "leafs", 0, "leaf switches that the nodes are spread over; 0: one for 16 nodes")
	flags.IntVar(&plan.gangs, "gangs", 0, "gangs to create, in place of --pods")
	flags.IntVar(&plan.gangSize, "gang-size", 8, "pods of each gang")
	flags.StringVar(&plan.gangBy, "gang-by", byBerth, "how pods say which gang they belong to: "+byBerth+", our annotations, or "+byPodGroup+", scheduling.k8s.io/v1alpha2")
	flags.IntVar(&plan.standing, "standing", 0, "pods that are bound already when --before is run")
	flags.BoolVar(&plan.bare, "bare", false, "pods have no controller")
	flags.BoolVar(&plan.gated, "gated", false, "pods carry the scheduling gate "+gateName+" when they are created")
	flags.BoolVar(&plan.urgent, "urgent", false, "send one pod of a higher priority when half of the others are sent")
	flags.IntVar(&plan.clients, "clients", 16, "requests that are under way at the same time")
	flags.DurationVar(&plan.timeout, "timeout", 10*time.Minute, "time after which pods that are not bound make the run a failure")
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: measure takes options only, not %q", errUsage, flags.Arg(0))
	}
	plan.complete()
	if err := plan.check(); err != nil || *checkOnly {
		return err
	}
	if *kubeconfig == "" {
		return fmt.Errorf("%w: --kubeconfig is missing", errUsage)
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return fmt.Errorf("%w: --kubeconfig: %w", errUsage, err)
	}
	// What is measured is the server and its scheduler: this client must neither wait by itself nor burn CPU on JSON.
	config.QPS, config.Burst = 100_000, 100_000
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.WarningHandler = rest.NoWarnings{}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	measured, err := measure(ctx, client, plan, berthHooks{rig: *rig, before: *before, metrics: *metrics})
	if err != nil {
		return err
	}
	measured.Mode = *mode
	return json.NewEncoder(os.Stdout).Encode(measured)
}
