package dev.berth.k8s.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.engine.ClusterView;
import dev.berth.k8s.engine.ClusterView.NodeView;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The page in a real browser. What it looks like lands in target/page. */
final class LivePageBrowserTest {
    private static final Path PICTURES = Path.of("target", "page");
    private static final LivePage.Limits LIMITS = new LivePage.Limits(
            4, Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofMinutes(30), Duration.ofMillis(50));

    private static Chromium browser;

    @BeforeAll
    static void start() throws Exception {
        Optional<Path> program = Chromium.find();
        if (program.isEmpty()) {
            System.err.println("SKIPPED: no chromium in PATH, so the live page is not tested in a browser");
        }
        Assumptions.assumeTrue(program.isPresent(), "no chromium in PATH");
        browser = Chromium.start(program.get());
    }

    @AfterAll
    static void end() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void light() throws Exception {
        // The page of the test before has lost its server.
        browser.open(URI.create("about:blank"));
        browser.await("location.href === 'about:blank'");
        browser.forgetComplaints();
        browser.prefer(Map.of("prefers-color-scheme", "light"));
        browser.size(1400, 900);
    }

    private static void open(PageServer server, int nodes) throws Exception {
        browser.open(server.uri("/"));
        browser.await("document.getElementById('map') !== null && map.dataset.nodes === '" + nodes + "'");
    }

    /** How many pixels of the map have each colour that matters, after it has been drawn. */
    private static final String PIXELS = """
            (() => {
              const data = base.getContext('2d').getImageData(0, 0, base.width, base.height).data;
              let drawn = 0;
              for (let i = 3; i < data.length; i += 4) if (data[i] > 0) drawn++;
              return drawn;
            })()""";

    @Test
    void showsFiveThousandNodesInLightAndDark() throws Exception {
        FakeInsight insight = new FakeInsight(DemoCluster.large(5000, 7));
        try (PageServer server = new PageServer(insight, LIMITS)) {
            open(server, 5000);
            for (int i = 0; i < 30; i++) {
                decide(insight, i);
            }
            browser.await("document.querySelectorAll('#feed li').length >= 30");
            browser.await(PIXELS + " > 100000");
            browser.screenshot(PICTURES.resolve("large-light.png"));
            browser.prefer(Map.of("prefers-color-scheme", "dark"));
            browser.await("document.documentElement.hasAttribute('data-dark')");
            browser.screenshot(PICTURES.resolve("large-dark.png"));
            assertThat(browser.eval("getComputedStyle(document.body).backgroundColor")
                            .asText())
                    .isEqualTo("rgb(18, 22, 26)");
            assertThat(browser.complaints()).isEmpty();
        }
    }

    private static void decide(FakeInsight insight, int i) {
        String node = String.format(Locale.ROOT, "gpu-node-%04d", 3300 + i);
        switch (i % 5) {
            case 0 -> insight.decide("bound", "batch/job-" + i, null, node, List.of(0), "is bound");
            case 3 ->
                insight.decide(
                        "refused",
                        "batch/big-" + i,
                        null,
                        null,
                        List.of(),
                        "no room on 5000 nodes: gpu asked 8, best 6");
            case 4 -> insight.decide("freed", "batch/old-" + i, null, node, List.of(1, 2), "has ended");
            default ->
                insight.decide(
                        "placed",
                        "train/llama-9-" + i,
                        "train/llama-9",
                        node,
                        List.of(0, 1, 2, 3),
                        "has a place, its gang stands in one leaf");
        }
    }

    @Test
    void isReadableOnANarrowScreen() throws Exception {
        for (boolean large : List.of(true, false)) {
            FakeInsight insight = new FakeInsight(large ? DemoCluster.large(5000, 7) : DemoCluster.small());
            try (PageServer server = new PageServer(insight, LIMITS)) {
                browser.size(500, 900);
                open(server, large ? 5000 : 12);
                browser.await(PIXELS + " > 1000");
                assertThat(browser.eval("document.scrollingElement.scrollWidth").asInt())
                        .isLessThanOrEqualTo(500);
                browser.screenshot(PICTURES.resolve(large ? "large-narrow.png" : "small-narrow.png"));
            }
        }
    }

    @Test
    void keysMoveBetweenNodesAndFindThem() throws Exception {
        FakeInsight insight = new FakeInsight(DemoCluster.small());
        try (PageServer server = new PageServer(insight, LIMITS)) {
            open(server, 12);
            browser.screenshot(PICTURES.resolve("small-light.png"));
            browser.eval("map.focus()");
            browser.press("ArrowDown");
            browser.await("map.dataset.selected === 'dgx-h100-001'");
            browser.press("ArrowDown");
            browser.await("map.dataset.selected === 'dgx-h100-002'");
            browser.await("detailBody.textContent.includes('train/llama-70b-1')");
            browser.press("ArrowDown");
            browser.await("map.dataset.selected === 'dgx-h100-003'");
            browser.press("ArrowUp");
            browser.await("map.dataset.selected === 'dgx-h100-002'");
            browser.press("ArrowRight");
            browser.await("map.dataset.selected !== 'dgx-h100-002'");
            browser.press("ArrowLeft");
            browser.await("map.dataset.selected === 'dgx-h100-002'");

            browser.press("/");
            browser.await("document.activeElement.id === 'find'");
            browser.type("serve/tiny");
            browser.await("found.textContent === 'Found: 1 node, 2 pods'");
            browser.press("Enter");
            browser.await("map.dataset.selected === 'l40s-1' && document.activeElement.id === 'map'");
            browser.await("detailBody.textContent.includes('serve/tiny-0')");
            browser.screenshot(PICTURES.resolve("small-found.png"));
            browser.press("Escape");
            browser.await("document.getElementById('find').value === '' && found.textContent === ''");

            // A gang is found by its name, also where its pods are called otherwise, and so is who waits.
            browser.press("/");
            browser.type("LLAMA");
            browser.await("found.textContent === 'Found: 2 nodes, 2 pods, 1 waiting'");
            assertThat(browser.eval("waiting.textContent").asText())
                    .contains("train/llama-405b")
                    .doesNotContain("moe-16b");
            assertThat(browser.complaints()).isEmpty();
        }
    }

    @Test
    void whyIsAskedByAClick() throws Exception {
        FakeInsight insight = new FakeInsight(DemoCluster.small());
        try (PageServer server = new PageServer(insight, LIMITS)) {
            open(server, 12);
            browser.eval(
                    "[...document.querySelectorAll('#waiting button')].find(b => b.textContent === 'team-vision/eval-x').click()");
            browser.await("detailBody.textContent.includes('asking for 6 GPUs instead of 8')");
            browser.prefer(Map.of("prefers-color-scheme", "dark"));
            browser.await("document.documentElement.hasAttribute('data-dark')");
            browser.screenshot(PICTURES.resolve("small-dark-why.png"));
        }
    }

    @Test
    void decisionsAppearAndTheMapFollows() throws Exception {
        ClusterView before = DemoCluster.small();
        FakeInsight insight = new FakeInsight(before);
        try (PageServer server = new PageServer(insight, LIMITS)) {
            open(server, 12);
            browser.await("state.textContent === 'live'");
            assertThat(browser.eval("whole.textContent").asText()).isEqualTo("4");
            List<NodeView> nodes = new ArrayList<>(before.nodes());
            NodeView free = nodes.get(3);
            nodes.set(
                    3,
                    new NodeView(
                            free.name(),
                            free.rack(),
                            free.domains(),
                            free.model(),
                            free.state(),
                            List.of(1000, 0, 0, 0, 0, 0, 0, 0),
                            free.islands(),
                            List.of("batch/new")));
            insight.show(new ClusterView(1, true, nodes, List.of()));
            insight.decide("placed", "batch/new", null, free.name(), List.of(0), "has a place");
            browser.await(
                    "feed.firstElementChild?.textContent.includes('batch/new on dgx-h100-004 (GPU 0): has a place')");
            browser.await("whole.textContent === '3' && waits.textContent === '0'");
            browser.eval("feed.querySelectorAll('button')[1].click()");
            browser.await("map.dataset.selected === 'dgx-h100-004'");
        }
    }

    @Test
    void restsWhileNobodyLooks() throws Exception {
        FakeInsight insight = new FakeInsight(DemoCluster.small());
        try (PageServer server = new PageServer(insight, LIMITS)) {
            open(server, 12);
            browser.await("state.textContent === 'live'");
            browser.eval(
                    "Object.defineProperty(document, 'hidden', { get: () => window.away === true, configurable: true }); window.away = true;"
                            + " document.dispatchEvent(new Event('visibilitychange')); true");
            insight.decide("bound", "batch/unseen", null, null, List.of(), "batch/unseen was bound");
            browser.eval("new Promise(done => setTimeout(done, 300))");
            assertThat(browser.eval("feed.textContent").asText()).doesNotContain("unseen");
            browser.eval("window.away = false; document.dispatchEvent(new Event('visibilitychange'))");
            browser.await("feed.textContent.includes('batch/unseen was bound')");
        }
    }

    @Test
    void saysWhenTheReplicaDoesNotLead() throws Exception {
        ClusterView view = DemoCluster.small();
        FakeInsight insight = new FakeInsight(new ClusterView(0, false, view.nodes(), view.waiting()));
        try (PageServer server = new PageServer(insight, LIMITS)) {
            open(server, 12);
            browser.await("!banner.hidden && banner.textContent.includes('does not lead')");
            assertThat(browser.eval("state.textContent").asText()).isEqualTo("does not lead");
            browser.screenshot(PICTURES.resolve("not-leading.png"));
        }
    }

    @Test
    void saysWhenTheServerIsGone() throws Exception {
        FakeInsight insight = new FakeInsight(DemoCluster.small());
        try (PageServer server = new PageServer(insight, LIMITS)) {
            open(server, 12);
            browser.await("state.textContent === 'live'");
        }
        browser.await("state.textContent.startsWith('no connection')");
    }

    @Test
    void coloursCanBeChosen() throws Exception {
        try (PageServer server = new PageServer(new FakeInsight(DemoCluster.small()), LIMITS)) {
            open(server, 12);
            assertThat(browser.eval("document.documentElement.hasAttribute('data-dark')")
                            .asBoolean())
                    .isFalse();
            browser.eval("theme.click(); theme.click()");
            browser.await("document.documentElement.hasAttribute('data-dark')");
            open(server, 12);
            assertThat(browser.eval("document.documentElement.hasAttribute('data-dark')")
                            .asBoolean())
                    .isTrue();
            browser.press("t");
            browser.await("!document.documentElement.hasAttribute('data-dark')");
        }
    }
}
