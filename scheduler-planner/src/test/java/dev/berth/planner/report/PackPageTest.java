package dev.berth.planner.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.placement.Policies;
import dev.berth.placement.Request;
import dev.berth.planner.io.Example;
import dev.berth.planner.io.InputFiles;
import dev.berth.planner.io.Job;
import dev.berth.planner.io.Workload;
import dev.berth.planner.pack.PackResult;
import dev.berth.planner.pack.Packer;
import dev.berth.planner.pack.Packing;
import dev.berth.planner.pack.PlacedGang;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The page is well-formed, shows every GPU, and loads nothing. */
final class PackPageTest {
    @Test
    void theExamplesPageShowsEveryGpuAndLoadsNothing() throws Exception {
        Cluster cluster = Example.cluster();
        Workload workload = Example.workload(cluster);
        Packing packing = pack(cluster, workload, "berth");
        String page = PackPage.of(PackResult.of(packing), List.of(pack(cluster, workload, "first-fit")));
        Document document = parse(page);
        assertThat(count(document, "g", "g")).isEqualTo(cluster.gpuCount());
        assertThat(count(document, "g", "n")).isEqualTo(cluster.nodeCount());
        assertThat(count(document, "div", "rack") + count(document, "div", "rack nvlink"))
                .as("a rack on two switches is there twice")
                .isGreaterThanOrEqualTo(cluster.racks().size());
        assertThat(document.getElementsByTagName("button").getLength())
                .isEqualTo(workload.jobs().size());
        assertThat(page)
                .doesNotContainPattern("https?:|<link|<img|<iframe|@import|\\ssrc=|\\shref=|url\\((?!#)")
                .contains("prefers-color-scheme: dark", "first-fit");
    }

    @ParameterizedTest
    @CsvSource({"superpod-h100-127, leaf su4, rack, 31", "gb200-nvl72-8, leaf leaves-2, rack nvlink, 8"})
    void gangsCanBePickedOutUnderTheirSwitches(String name, String frame, String rackKind, int racks) throws Exception {
        Path examples = Path.of("..", "examples").toAbsolutePath().normalize();
        Cluster cluster = InputFiles.cluster(examples.resolve("clusters/" + name + ".yaml"));
        Workload workload = InputFiles.workload(examples.resolve("workloads/" + name + ".yaml"), cluster);
        Packing packing = pack(cluster, workload, "berth");
        assertThat(packing.gangs()).hasSizeGreaterThan(8);
        assertThat(packing.refusedGangs()).isNotEmpty();
        String page = PackPage.of(PackResult.of(packing), List.of());
        Document document = parse(page);
        assertThat(count(document, "g", "g")).isEqualTo(cluster.gpuCount());
        assertThat(count(document, "div", rackKind)).isGreaterThanOrEqualTo(racks);
        assertThat(page).contains("<b>" + frame + "</b>");
        for (PlacedGang gang : packing.gangs()) {
            String id = gang.job() + "." + gang.gang();
            assertThat(page).contains("<button data-gang=\"" + id + "\"");
            assertThat(page.split("data-g=\"" + id + "\"", -1)).hasSize(gang.gpus() + 1);
        }
    }

    @Test
    void islandsOfANodeStandApart() {
        GpuColumns halves = new GpuColumns(GpuTopology.halves(8, 300), 10);
        assertThat(halves.left(4) - halves.left(3)).isGreaterThan(10);
        assertThat(halves.next(3)).isEqualTo(-1);
        assertThat(halves.next(2)).isEqualTo(3);
        for (GpuTopology even : List.of(GpuTopology.nvswitch(8, 900), GpuTopology.none(8))) {
            GpuColumns columns = new GpuColumns(even, 10);
            assertThat(columns.width()).isEqualTo(80);
            assertThat(columns.left(7)).isEqualTo(70);
            assertThat(columns.next(6)).isEqualTo(7);
        }
    }

    @Test
    void oddNamesAndEmptyClustersMakeAPageToo() throws Exception {
        Cluster odd = Cluster.builder()
                .add(NodeSpec.named("<b>&\"'\u0001]]>")
                        .gpus("A100-SXM4-80GB", 2, 81920)
                        .migGpuMask(1)
                        .cpuMilli(8000)
                        .memoryMib(8)
                        .rack("</svg>")
                        .site("<s>")
                        .build())
                .add(NodeSpec.named("cpu").cpuMilli(1).build())
                .add(NodeSpec.named("broken")
                        .gpus("L40S", 4, 0)
                        .state(NodeState.REPAIR)
                        .build())
                .build();
        Workload workload = new Workload(
                List.of(
                        new Job("<script>alert(1)</script>", 2, Request.share(500, 1, 1), List.of()),
                        new Job("&amp;", 1, Request.mig("1g.10gb", 1, 1), List.of()),
                        new Job("never", 3, Request.gpus(16, 1, 1), List.of())),
                Workload.Order.WRITTEN);
        Document document = parse(PackPage.of(PackResult.of(pack(odd, workload, "best-fit")), List.of()));
        assertThat(count(document, "g", "g")).isEqualTo(6);
        assertThat(document.getElementsByTagName("script").getLength()).isOne();

        Cluster empty = Cluster.builder().build();
        parse(PackPage.of(PackResult.of(pack(empty, workload, "berth")), List.of()));
        Workload nothing = new Workload(List.of(), Workload.Order.WRITTEN);
        parse(PackPage.of(PackResult.of(pack(odd, nothing, "berth")), List.of()));
    }

    @Test
    void aLargeClustersPageStaysSmall() throws Exception {
        Cluster.Builder builder = Cluster.builder();
        for (int n = 0; n < 5_000; n++) {
            builder.add(NodeSpec.named("node-" + n)
                    .gpus("H100-SXM5-80GB", 8, 81559)
                    .cpuMilli(208_000)
                    .memoryMib(1_966_080)
                    .build());
        }
        Cluster cluster = builder.build();
        Workload workload = new Workload(
                List.of(
                        new Job("one", 20_000, Request.gpus(1, 8_000, 65_536), List.of()),
                        new Job("eight", 2_400, Request.gpus(8, 64_000, 524_288), List.of())),
                Workload.Order.SHUFFLED);
        String page = PackPage.of(PackResult.of(pack(cluster, workload, "best-fit")), List.of());
        assertThat(page.length()).isLessThan(8_000_000);
        assertThat(count(parse(page), "g", "g")).isEqualTo(cluster.gpuCount());
    }

    private static Packing pack(Cluster cluster, Workload workload, String policy) {
        return Packer.pack(cluster, workload, Policies.byName(policy), 42, done -> {});
    }

    private static Document parse(String page) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(page)));
    }

    private static int count(Document document, String tag, String kind) {
        NodeList elements = document.getElementsByTagName(tag);
        int count = 0;
        for (int i = 0; i < elements.getLength(); i++) {
            count += ((Element) elements.item(i)).getAttribute("class").equals(kind) ? 1 : 0;
        }
        return count;
    }
}
