package dev.berth.planner.io;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small good and bad files, with what the message about a bad one must say. */
final class FileCorpus {
    /** The cluster on which the jobs of the corpus are read. */
    static final Cluster CLUSTER = Cluster.builder()
            .add(NodeSpec.named("n0").gpus("H100-SXM5-80GB", 8, 81559).build())
            .add(NodeSpec.named("n1").build())
            .build();

    private static final List<String> GOOD_TOPOLOGIES = List.of(
            "none",
            "{shape: none, rails: 2}",
            "{shape: nvswitch, linkGigabytesPerSecond: 900, rails: 4}",
            "{shape: pairs, linkGigabytesPerSecond: 600, numa: [0, 0, 1, -1]}",
            "{shape: halves, linkGigabytesPerSecond: 600}",
            "{shape: mesh, linkGigabytesPerSecond: 128, nics: [{name: a, rail: 3, distances: PIX PXB NODE SYS}, {name: b,"
                    + " distances: SYS PHB PIX PIX}]}",
            "{links: [X NV12/3 SYS SYS, NV12/3 X PHB SYS, 'SYS PHB X XGMI:128', ' SYS  SYS \t XGMI:128 X']}",
            "{links: ['X NVLINK:600 PIX PXB', 'NVLINK:600 X NODE SYS', PIX NODE X SYS, PXB SYS SYS X], switched: true}");

    private FileCorpus() {}

    static Map<String, String> goodClusters() {
        Map<String, String> good = new LinkedHashMap<>();
        good.put("no nodes", "nodes: []");
        good.put("flow style", "{nodes: [{name: a, cpuMilli: 1, memoryMib: 2}]}");
        good.put("json", "{\"nodes\": [{\"name\": \"a\", \"cpuMilli\": 1, \"memoryMib\": 2}]}");
        good.put("everything", """
                nodes:
                  - name: h-{08..11}
                    gpu: {model: H100-SXM5-80GB, count: 8, memoryMib: 81559, mig: [0, 7]}
                    cpuMilli: 208000
                    memoryMib: 1966080
                    counted: {pods: 110, rdma: 8}
                    labels: {pool: training, empty: ""}
                    state: READY
                    rack: r{1..2}
                    site: oslo
                states: {h-09: DRAINING}
                """);
        good.put("fabric, racks, sites and power", """
                powerBasis: measured
                sites:
                  - {name: oslo, jurisdiction: "NO", powerUsageEffectiveness: 1.15}
                  - {name: dallas}
                racks:
                  - {name: "r{1..4}", powerCapW: 40000, cooling: liquid}
                  - {name: spare, cooling: rear-door}
                switches:
                  - {name: "leaf-{1..4}", tier: leaf, parent: "spine-{1..2}", oversubscription: 1.5}
                  - {name: "spine-{1..2}", tier: spine, parent: core}
                  - {name: core, tier: core, oversubscription: 0}
                nodes:
                  - name: h-{08..15}
                    gpu: {model: H100-SXM5-80GB, count: 8, memoryMib: 81559, topology: nvswitch}
                    cpuMilli: 208000
                    memoryMib: 1966080
                    rack: r{1..4}
                    switch: leaf-{1..4}
                    nvlinkDomain: d{1..2}
                    power: {nameplateW: 10200, measuredW: 8400, idleW: 2000, busyGpuW: 790}
                    site: oslo
                  - {name: cpu, cpuMilli: 1, memoryMib: 1, switch: core, site: dallas}
                """);
        for (String topology : GOOD_TOPOLOGIES) {
            good.put(topology, gpu("{model: X100, count: 4, topology: " + topology + "}"));
        }
        good.put(
                "generation of the model",
                gpu("{model: A100-SXM4-80GB, count: 2, topology: {links: [X NV12, NV12 X]}}"));
        good.put("speed of the model", gpu("{model: MI300X, count: 8, topology: mesh}"));
        good.put("GPU models", """
                gpuModels:
                  - {name: h100-sxm5-80gb, idleW: 75}
                  - {name: ACME9, memoryMib: 65536, thermalDesignW: 500, links: 8, linkGigabytesPerSecond: 800, interconnect: mesh}
                nodes:
                  - {name: a, gpu: {model: ACME9, count: 4}, cpuMilli: 1, memoryMib: 2}
                  - {name: b, gpu: {model: ACME9, count: 4, topology: pairs}, cpuMilli: 1, memoryMib: 2}
                """);
        good.put("anchors", """
                nodes:
                  - {name: a, cpuMilli: 1, memoryMib: 2, counted: &c {pods: 3}}
                  - {name: b, cpuMilli: 1, memoryMib: 2, counted: *c}
                """);
        good.put("a quoted number as name", "nodes: [{name: \"17\", cpuMilli: 1, memoryMib: 2}]");
        return good;
    }

    /** Bad cluster files that the JSON schema refuses as well. */
    static Map<String, String[]> badClusters() {
        Map<String, String[]> bad = new LinkedHashMap<>();
        bad.put("nodes: {}", new String[] {":1:8: nodes is a mapping, allowed: a list"});
        bad.put("[]", new String[] {":1:1: the file is a list, allowed: a mapping"});
        bad.put("node: []", new String[] {
            ":1:7: unknown key 'node', allowed: nodes, states, powerBasis, gpuModels, sites, racks, switches"
        });
        bad.put("states: {}", new String[] {"the file has no nodes"});
        bad.put("nodes:", new String[] {":1:7: nodes is empty, allowed: a list"});
        bad.put(group("{name: a, cpuMilli: 1}"), new String[] {":1:9: nodes[0] has no memoryMib"});
        bad.put(group("{cpuMilli: 1, memoryMib: 1}"), new String[] {"nodes[0] has no name"});
        bad.put(group("{name: 17, cpuMilli: 1, memoryMib: 1}"), new String[] {"nodes[0].name is 17", "quotes"});
        bad.put(group("{name: ' ', cpuMilli: 1, memoryMib: 1}"), new String[] {"nodes[0].name is ' '", "not blank"});
        bad.put(
                group("{name: 'a-{x}', cpuMilli: 1, memoryMib: 1}"),
                new String[] {"nodes[0].name is 'a-{x}'", "{00..63}"});
        bad.put(group("{name: '{0..1}{0..1}', cpuMilli: 1, memoryMib: 1}"), new String[] {"at most one range"});
        bad.put(
                group("{name: a, cpuMilli: -1, memoryMib: 1}"),
                new String[] {":1:29: nodes[0].cpuMilli is -1, allowed: a whole number from 0 to 2147483647"});
        bad.put(group("{name: a, cpuMilli: 1.5, memoryMib: 1}"), new String[] {"cpuMilli is 1.5"});
        bad.put(group("{name: a, cpuMilli: 2147483648, memoryMib: 1}"), new String[] {"cpuMilli is 2147483648"});
        bad.put(group("{name: a, cpuMilli: '1', memoryMib: 1}"), new String[] {"cpuMilli is '1'"});
        bad.put(group("{name: a, cpuMilli: 1, memoryMib: yes}"), new String[] {"memoryMib is yes"});
        bad.put(group("{name: a, cpuMilli: 1, memoryGib: 1}"), new String[] {"unknown key 'memoryGib' in nodes[0]"});
        bad.put(gpu("{model: H100, count: 17}"), new String[] {"nodes[0].gpu.count is 17", "from 1 to 16"});
        bad.put(gpu("{model: H100, count: 0}"), new String[] {"gpu.count is 0"});
        bad.put(gpu("{count: 8}"), new String[] {"nodes[0].gpu has no model"});
        bad.put(gpu("{model: H100-80GB, count: 8, mig: some}"), new String[] {"gpu.mig is 'some'", "all, none"});
        bad.put(gpu("{model: H100-80GB, count: 8, mig: [0, 0]}"), new String[] {"gpu.mig[1] is 0", "once"});
        bad.put(gpu("8"), new String[] {"nodes[0].gpu is 8, allowed: a mapping"});
        bad.put(group(node() + ", state: Ready}"), new String[] {"state is 'Ready', allowed: RACKED"});
        bad.put(group(node() + ", labels: {zone: 1}}"), new String[] {"labels.zone is 1", "quotes"});
        bad.put(group(node() + ", counted: {pods: many}}"), new String[] {"counted.pods is 'many'"});
        bad.put(group(node() + ", counted: {' ': 1}}"), new String[] {"blank name"});
        bad.put(group(node() + ", site: ''}"), new String[] {"site is ''"});
        bad.put("gpuModels: [{memoryMib: 1}]\n" + group(""), new String[] {"gpuModels[0] has no name"});
        bad.put(
                "gpuModels: [{name: L4, interconnect: wire}]\n" + group(""),
                new String[] {"gpuModels[0].interconnect is 'wire'", "none, bridge, direct, switch, mesh, varies"});
        bad.put("powerBasis: peak\n" + group(""), new String[] {"powerBasis is 'peak'", "nameplate, measured, expected"
        });
        bad.put(places("sites: [{jurisdiction: x}]"), new String[] {"sites[0] has no name"});
        bad.put(
                places("sites: [{name: s, powerUsageEffectiveness: 0.9}]"),
                new String[] {"sites[0].powerUsageEffectiveness is 0.9", "from 1 to 100"});
        bad.put(places("sites: [{name: s, jurisdiction: NO}]"), new String[] {"jurisdiction is NO", "quotes"});
        bad.put(places("racks: [{name: r, powerCapW: 4.5}]"), new String[] {"racks[0].powerCapW is 4.5"});
        bad.put(
                places("racks: [{name: r, cooling: fans}]"),
                new String[] {"cooling is 'fans'", "unknown, air, rear-door, liquid"});
        bad.put(places("racks: [{name: r, powerW: 1}]"), new String[] {"unknown key 'powerW' in racks[0]"});
        bad.put(places("switches: [{name: s}]"), new String[] {"switches[0] has no tier"});
        bad.put(
                places("switches: [{name: s, tier: rack}]"),
                new String[] {"switches[0]", "tier is rack", "nvlink-domain"});
        bad.put(
                places("switches: [{name: s, tier: t, oversubscription: -1}]"),
                new String[] {"oversubscription is -1", "from 0 to 1000"});
        bad.put(places("switches: [{name: s, tier: t, oversubscription: '1:1'}]"), new String[] {"is '1:1'"});
        bad.put(group(node() + ", power: 700}"), new String[] {"nodes[0].power is 700"});
        bad.put(group(node() + ", power: {watts: 1}}"), new String[] {"unknown key 'watts'", "nameplateW"});
        bad.put(group(node() + ", power: {idleW: 10000001}}"), new String[] {"power.idleW is 10000001"});
        bad.put(topology("ring"), new String[] {"gpu.topology is 'ring'", "hybrid-cube-mesh"});
        bad.put(topology("{}"), new String[] {"gpu.topology has neither shape nor links"});
        bad.put(topology("{shape: ring}"), new String[] {"topology.shape is 'ring'"});
        bad.put(topology("{shape: none, links: [X]}"), new String[] {"has both shape and links"});
        bad.put(topology("{shape: pairs, linkGigabytesPerSecond: 0}"), new String[] {"linkGigabytesPerSecond is 0"});
        bad.put(topology("{shape: none, rails: 0}"), new String[] {"topology.rails is 0"});
        bad.put(topology("{shape: none, rails: 1, nics: []}"), new String[] {"rails or nics, not both"});
        bad.put(topology("{shape: none, switched: true}"), new String[] {"switched is given"});
        bad.put(topology("{shape: none, nics: [{name: a}]}"), new String[] {"nics[0] has no distances"});
        bad.put(topology("{links: [X, X], linkGigabytesPerSecond: 3}"), new String[] {"only beside shape"});
        bad.put(group(node() + "}") + "\nstates: {a: UP}", new String[] {":2:13: states.a is 'UP'"});
        return bad;
    }

    /** Bad cluster files that only a reader can tell: a JSON schema cannot count or compare. */
    static Map<String, String[]> subtleClusters() {
        Map<String, String[]> bad = new LinkedHashMap<>();
        bad.put(
                "nodes:\n  - " + node() + "}\n  - " + node() + "}",
                new String[] {":3:5: nodes[1] has the node 'a', which is there already"});
        bad.put(group("{name: a, name: b, cpuMilli: 1, memoryMib: 1}"), new String[] {"nodes[0].name is there twice"});
        bad.put(group("{name: 'a{3..1}', cpuMilli: 1, memoryMib: 1}"), new String[] {"goes up, such as {1..3}"});
        bad.put(group("{name: 'a{08..123}', cpuMilli: 1, memoryMib: 1}"), new String[] {"equally many digits"});
        bad.put(group("{name: 'a{0..9999999}', cpuMilli: 1, memoryMib: 1}"), new String[] {"allowed: 1048576"});
        bad.put(
                group("{name: 'a{1..3}', cpuMilli: 1, memoryMib: 1, rack: 'r{1..2}'}"),
                new String[] {"nodes[0].rack names 2 racks for 3 nodes"});
        bad.put(gpu("{model: H100-80GB, count: 4, mig: [4]}"), new String[] {"gpu.mig[0] is 4", "from 0 to 3"});
        bad.put(gpu("{model: L40S, count: 4, mig: all}"), new String[] {"gpu.mig", "L40S", "MIG geometry"});
        bad.put(group(node() + "}") + "\nstates: {b: READY}", new String[] {"states.b", "has not"});
        bad.put(
                places("racks: [{name: r}, {name: r}]"),
                new String[] {"racks[1] has the name 'r', which is there already"});
        bad.put(places("racks: [{name: 'r{0..9999999}'}]"), new String[] {"racks[0] brings", "allowed: 1048576"});
        bad.put(
                places("switches: [{name: a, tier: t, parent: b}]"),
                new String[] {"switches[0].parent names 'b', allowed: names of the switches"});
        bad.put(
                places("switches: [{name: 'a{1..3}', tier: t, parent: 'b{1..2}'}, {name: 'b{1..2}', tier: u}]"),
                new String[] {"switches[0].parent names 2 switches above for 3 switches"});
        bad.put(
                places("switches: [{name: a, tier: t, parent: b}, {name: b, tier: u, parent: a}]"),
                new String[] {"the file cannot be used: switch 'a': parent is b", "a < b < a"});
        bad.put(
                places("switches: [{name: a, tier: t, parent: b}, {name: b, tier: t}]"),
                new String[] {"switch 'a': tier is t", "its parent 'b'"});
        bad.put(
                places(
                        "switches: [{name: a, tier: t, parent: b}, {name: b, tier: u}, {name: c, tier: u, parent: d}, {name: d,"
                                + " tier: t}]"),
                new String[] {"contradict each other: 't' is below 'u' at switch 'a', 'u' is below 't' at switch 'c'"});
        bad.put(places("gpuModels: [{name: ACME9}]"), new String[] {"gpuModels[0] has no memoryMib"});
        bad.put(
                places("gpuModels: [{name: L4}, {name: l4}]"),
                new String[] {"gpuModels[1] cannot be: GPU model 'l4' is there twice"});
        bad.put(places("gpuModels: [{name: L4, interconnect: mesh}]"), new String[] {
            "gpuModels[0] cannot be: GPU model 'L4': linkGigabytesPerSecond is 0, allowed: 1 to 65535"
        });
        bad.put(group(node() + ", switch: s}"), new String[] {"nodes[0].switch names 's'", "describes none"});
        bad.put("racks: [{name: r}]\n" + group(node() + ", rack: s}"), new String[] {"nodes[0].rack names 's'"});
        bad.put("sites: [{name: r}]\n" + group(node() + ", site: s}"), new String[] {"nodes[0].site is 's'"});
        bad.put(group(node() + ", nvlinkDomain: d}"), new String[] {"nvlinkDomain is given", "nodes with GPUs"});
        bad.put(
                "racks: [{name: r, powerCapW: 1}]\n" + group(node() + ", rack: r}"),
                new String[] {"node 'a': power is null", "basis NAMEPLATE", "power cap"});
        bad.put(
                group(node() + ", power: {nameplateW: 1, idleW: 2}}"),
                new String[] {"nodes[0].power", "1, the nameplateW"});
        bad.put(topology("nvswitch"), new String[] {"without linkGigabytesPerSecond", "{shape: nvswitch,"});
        bad.put(topology("hybrid-cube-mesh"), new String[] {"node with 2 GPUs, allowed: 8 GPUs"});
        bad.put(topology("{shape: none, linkGigabytesPerSecond: 1}"), new String[] {"beside the shape none"});
        bad.put(
                topology("{shape: none, numa: [0]}"),
                new String[] {"numa has 1 entries, allowed: one for each of 2 GPUs"});
        bad.put(topology("{shape: none, rails: 3}"), new String[] {"rails is 3", "from 1 to 2"});
        bad.put(topology("{links: [X]}"), new String[] {"links has 1 rows"});
        bad.put(topology("{links: [X SYS, SYS]}"), new String[] {"links[1] has 1 cells"});
        bad.put(topology("{links: [X SYS, PHB X]}"), new String[] {"links[1] has PHB for GPU 0", "row 0 has, SYS"});
        bad.put(topology("{links: [SYS SYS, SYS X]}"), new String[] {"links[0] has SYS for GPU 0", "X, because"});
        bad.put(topology("{links: [X NV4, NV4 X]}"), new String[] {"generation behind it, such as NV4/3"});
        bad.put(topology("{links: [X NV19/3, NV19/3 X]}"), new String[] {"gpu.topology cannot be", "19"});
        bad.put(topology("{links: [X YES, YES X]}"), new String[] {"links[1] has 'YES' for GPU 0"});
        bad.put(topology("{shape: none, nics: [{name: a, distances: PIX}]}"), new String[] {"distances has 1 cells"});
        bad.put(topology("{shape: none, nics: [{name: a, distances: PIX NV4}]}"), new String[] {"distances has 'NV4'"});
        StringBuilder many = new StringBuilder("nodes:\n");
        for (int i = 0; i < 17; i++) {
            many.append("  - {name: n" + i + ", cpuMilli: 1, memoryMib: 1, counted: {r" + i + ": 1}}\n");
        }
        bad.put(many.toString(), new String[] {"17 counted resources", "at most 16"});
        return bad;
    }

    static Map<String, String> goodJobs() {
        Map<String, String> good = new LinkedHashMap<>();
        good.put("no jobs", "jobs: []");
        good.put("cpu only", "jobs: [{name: a, cpuMilli: 1, memoryMib: 2}]");
        good.put("everything", """
                order: shuffled
                jobs:
                  - name: train
                    count: 3
                    gpus: 8
                    gpuModels: [H100-SXM5-80GB]
                    minGpuMemoryMib: 80000
                    cpuMilli: 96000
                    memoryMib: 1048576
                    counted: {rdma: 8}
                    labels: {pool: training}
                    nodes: ["n{0..1}"]
                  - {name: share, gpuMilli: 250, cpuMilli: 1000, memoryMib: 1}
                  - {name: mig, migProfile: 3g.40gb, cpuMilli: 1000, memoryMib: 1}
                  - {name: media, migProfile: 1g.10gb+me, minGpuMemoryMib: 1, cpuMilli: 1000, memoryMib: 1}
                """);
        good.put("gangs", """
                jobs:
                  - {name: a, count: 2, tasks: 8, gpus: 8, cpuMilli: 1, memoryMib: 1}
                  - name: b
                    tasks: {min: 4, max: 8}
                    tasksPerNode: 2
                    tier: {required: cluster, preferred: node}
                    spread: {tier: node, domains: 2}
                    segments: {tasks: 2, tier: island}
                    sameModel: true
                    sameLabels: [driver, zone]
<<<<<<< HEAD
                    railAligned: false
=======
>>>>>>> fabric
                    gpus: 4
                    cpuMilli: 1
                    memoryMib: 1
                    nodes: [n0]
                  - {name: c, tasks: 2, railAligned: true, gpus: 4, cpuMilli: 1, memoryMib: 1}
                """);
        return good;
    }

    /** Bad jobs files that the JSON schema refuses as well. */
    static Map<String, String[]> badJobs() {
        Map<String, String[]> bad = new LinkedHashMap<>();
        bad.put("jobs: 3", new String[] {":1:7: jobs is 3, allowed: a list"});
        bad.put("jobs: []\norder: random", new String[] {":2:8: order is 'random', allowed: written, shuffled"});
        bad.put(job("gpus: 0"), new String[] {"jobs[0].gpus is 0, allowed: a whole number from 1 to 16"});
        bad.put(job("gpus: 17"), new String[] {"jobs[0].gpus is 17"});
        bad.put(job("gpuMilli: 1000"), new String[] {"gpuMilli is 1000", "from 1 to 999"});
        bad.put(job("migProfile: big"), new String[] {"migProfile is 'big'", "3g.40gb"});
        bad.put(job("gpus: 1, gpuMilli: 500"), new String[] {"more than one of gpus, gpuMilli and migProfile"});
        bad.put(job("gpus: 1, migProfile: 1g.10gb"), new String[] {"more than one"});
        bad.put(job("gpuModels: [H100]"), new String[] {"jobs[0].gpuModels is given", "only beside gpus"});
        bad.put(job("minGpuMemoryMib: 1"), new String[] {"minGpuMemoryMib is given"});
        bad.put(job("gpus: 1, gpuModels: []"), new String[] {"gpuModels is an empty list"});
        bad.put(job("gpus: 1, gpuModels: [a, a]"), new String[] {"gpuModels[1] is 'a'", "once"});
        bad.put(job("count: 0"), new String[] {"count is 0"});
        bad.put(job("count: 1000001"), new String[] {"count is 1000001"});
        bad.put(job("gpu: 1"), new String[] {"unknown key 'gpu' in jobs[0]", "gpuMilli"});
        bad.put(job("nodes: []"), new String[] {"nodes is an empty list"});
        bad.put(job("labels: {a: true}"), new String[] {"labels.a is true"});
        bad.put(job("tasks: 0"), new String[] {"jobs[0].tasks is 0, allowed: a whole number from 1 to 1048576"});
        bad.put(job("tasks: {max: 2}"), new String[] {"jobs[0].tasks has no min"});
        bad.put(job("tasksPerNode: 1"), new String[] {"jobs[0].tasksPerNode is given", "only beside tasks"});
        bad.put(job("tier: {required: node}"), new String[] {"jobs[0].tier is given", "only beside tasks"});
        bad.put(job("tasks: 2, tasksPerNode: 0"), new String[] {"tasksPerNode is 0", "from 1 to 511"});
        bad.put(job("tasks: 2, tier: node"), new String[] {"jobs[0].tier is 'node', allowed: a mapping"});
        bad.put(job("tasks: 2, tier: {wanted: node}"), new String[] {"unknown key 'wanted' in jobs[0].tier"});
        bad.put(job("tasks: 2, spread: {tier: node}"), new String[] {"jobs[0].spread has no domains"});
        bad.put(job("tasks: 2, segments: {tasks: 2}"), new String[] {"jobs[0].segments has no tier"});
        bad.put(job("tasks: 2, sameModel: maybe"), new String[] {"sameModel is 'maybe', allowed: true, false"});
        bad.put(job("tasks: 2, sameLabels: []"), new String[] {"sameLabels is an empty list"});
        bad.put(job("tasks: 2, sameLabels: [a, a]"), new String[] {"sameLabels[1] is 'a'", "once"});
        bad.put("jobs: [{name: a, cpuMilli: 1}]", new String[] {"jobs[0] has no memoryMib"});
        return bad;
    }

    /** Bad jobs files that only a reader can tell. */
    static Map<String, String[]> subtleJobs() {
        Map<String, String[]> bad = new LinkedHashMap<>();
        bad.put(
                "jobs:\n  - {name: a, cpuMilli: 1, memoryMib: 1}\n  - {name: a, cpuMilli: 1, memoryMib: 1}",
                new String[] {":3:5: jobs[1] has the name 'a', which is there already"});
        bad.put(job("tasks: {min: 3, max: 2}"), new String[] {"jobs[0].tasks.max is 2", "from 3"});
        bad.put(
                job("tasks: 2, tier: {required: leaf}"),
                new String[] {"jobs[0].tier.required is 'leaf', allowed: island, node, cluster"});
        bad.put(job("tasks: 3, segments: {tasks: 2, tier: node}"), new String[] {"jobs[0] cannot be: segmentTasks is 2"
        });
        bad.put(job("tasks: 2, spread: {tier: node, domains: 3}"), new String[] {"jobs[0] cannot be: minDomains is 3"});
        bad.put(job("nodes: [n7]"), new String[] {"jobs[0].nodes[0] names the node 'n7'"});
        bad.put(job("nodes: [n0, 'n{0..1}']"), new String[] {"nodes[1] names the node 'n0' again"});
        return bad;
    }

    private static String node() {
        return "{name: a, cpuMilli: 1, memoryMib: 1";
    }

    private static String group(String group) {
        return "nodes: [" + group + "]";
    }

    private static String places(String line) {
        return line + "\nnodes: []";
    }

    private static String topology(String topology) {
        return gpu("{model: X100, count: 2, topology: " + topology + "}");
    }

    private static String gpu(String gpu) {
        return group(node() + ", gpu: " + gpu + "}");
    }

    private static String job(String fields) {
        return "jobs: [{name: a, cpuMilli: 1, memoryMib: 1, " + fields + "}]";
    }
}
