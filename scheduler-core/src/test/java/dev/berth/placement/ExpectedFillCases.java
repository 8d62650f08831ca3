package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Small clusters and workloads of every kind that the expected-fill policy knows. */
final class ExpectedFillCases {
    private static final List<NodeSpec> SHAPES = List.of(
            NodeSpec.named("pair")
                    .gpus("T4", 2, 16_384)
                    .cpuMilli(32_000)
                    .memoryMib(65_536)
                    .build(),
            NodeSpec.named("quad")
                    .gpus("L40S", 4, 49_152)
                    .cpuMilli(64_000)
                    .memoryMib(262_144)
                    .build(),
            NodeSpec.named("slim")
                    .gpus("L40S", 4, 49_152)
                    .cpuMilli(24_000)
                    .memoryMib(262_144)
                    .build(),
            NodeSpec.named("wide")
                    .gpus("H100", 4, 81_920)
                    .cpuMilli(208_000)
                    .memoryMib(1_048_576)
                    .build(),
            NodeSpec.named("one")
                    .gpus("A10", 1, 0)
                    .cpuMilli(8_500)
                    .memoryMib(32_768)
                    .build(),
            NodeSpec.named("cpu").cpuMilli(32_000).memoryMib(65_536).build(),
            NodeSpec.named("eight")
                    .gpus("A100", 8, 40_960)
                    .cpuMilli(96_000)
                    .memoryMib(524_288)
                    .build(),
            NodeSpec.named("sliced")
                    .gpus("A100-SXM4-40GB", 2, 40_960)
                    .migGpuMask(0b11)
                    .cpuMilli(32_000)
                    .memoryMib(65_536)
                    .build(),
            NodeSpec.named("mixed")
                    .gpus("A100-SXM4-40GB", 3, 40_960)
                    .migGpuMask(0b10)
                    .cpuMilli(32_000)
                    .memoryMib(65_536)
                    .build());

    private ExpectedFillCases() {}

    /** Four to seven nodes of two or three shapes. */
    static Cluster cluster(Random random) {
        List<NodeSpec> shapes = new ArrayList<>();
        for (int i = 2 + random.nextInt(2); i > 0; i--) {
            shapes.add(SHAPES.get(random.nextInt(SHAPES.size())));
        }
        Cluster.Builder builder = Cluster.builder();
        for (int i = 4 + random.nextInt(4); i > 0; i--) {
            NodeSpec shape = shapes.get(random.nextInt(shapes.size()));
            builder.add(NodeSpec.named(shape.name() + i)
                    .gpus(shape.gpuModel(), shape.gpuCount(), shape.gpuMemoryMib())
                    .migGpuMask(shape.migGpuMask())
                    .cpuMilli(shape.cpuMilli())
                    .memoryMib(shape.memoryMib())
                    .build());
        }
        return builder.build();
    }

    /** A few classes, some more often than others, that a task stream draws from. */
    static List<Request> mix(Random random, Cluster cluster) {
        List<Request> mix = new ArrayList<>();
        for (int i = 4 + random.nextInt(6); i > 0; i--) {
            Request request = request(random, cluster);
            for (int times = 1 + random.nextInt(5); times > 0; times--) {
                mix.add(request);
            }
        }
        return mix;
    }

    private static Request request(Random random, Cluster cluster) {
        int cpu = 500 * (1 + random.nextInt(24));
        long memory = 1024L * random.nextInt(16);
        Request request = switch (random.nextInt(9)) {
            case 0 -> Request.cpuOnly(cpu, memory);
            case 1 -> Request.mig("1g.5gb", cpu, memory);
            case 2 -> Request.mig("3g.20gb", cpu, memory);
            case 3, 4, 5 -> Request.share(1 + random.nextInt(999), cpu, memory);
            case 6 -> Request.gpus(cluster.maxGpusPerNode() == 0 ? 1 : cluster.maxGpusPerNode(), cpu, memory);
            default -> Request.gpus(1 << random.nextInt(3), cpu, memory);
        };
        if (request.gpus() instanceof GpuDemand.None || cluster.gpuModels().isEmpty()) {
            return request;
        }
        return switch (random.nextInt(5)) {
            case 0 ->
                request.onModels(Set.of(cluster.gpuModels()
                        .get(random.nextInt(cluster.gpuModels().size()))));
            case 1 -> request.withMinGpuMemoryMib(40_000);
            default -> request;
        };
    }
}
