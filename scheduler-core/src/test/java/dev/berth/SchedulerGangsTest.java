package dev.berth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.placement.GangAnswer;
import dev.berth.placement.GangPlacement;
import dev.berth.placement.GangRefusal;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Placement;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two leaves of four nodes under a spine, eight GPUs each. */
class SchedulerGangsTest {
    private static final Request NODE = Request.gpus(8, 1_000, 1_000);

    private final Scheduler scheduler =
            Scheduler.builder(cluster(8)).repeatable().build();

    private static Cluster cluster(int nodes) {
        return cluster(nodes, 1);
    }

    private static Cluster cluster(int nodes, int oversubscription) {
        Cluster.Builder builder = Cluster.builder()
                .add(new FabricSwitch("spine", "spine", null, 2))
                .add(new FabricSwitch("leaf-0", "leaf", "spine", oversubscription))
                .add(new FabricSwitch("leaf-1", "leaf", "spine", oversubscription));
        for (int i = 0; i < nodes; i++) {
            builder.add(NodeSpec.named("n" + i)
                    .gpus("H100-SXM5-80GB", 8, 81_559)
                    .cpuMilli(96_000)
                    .memoryMib(1 << 20)
                    .label("driver", i == 7 ? "570" : "580")
                    .fabricSwitch("leaf-" + i / 4)
                    .build());
        }
        return builder.build();
    }

    @AfterEach
    void close() {
        scheduler.close();
    }

    private GangPlacement placed(GangAnswer answer) {
        assertThat(answer).isInstanceOf(GangPlacement.class);
        return (GangPlacement) answer;
    }

    private static List<String> nodes(GangPlacement gang) {
        List<String> names = new ArrayList<>();
        gang.members().forEach(member -> names.add(member.nodeName()));
        return names;
    }

    @Test
    void placesAllMembersOrNone() {
        GangPlacement four = placed(scheduler.place(GangRequest.of(NODE, 4).build()));
        assertThat(nodes(four)).containsExactly("n0", "n1", "n2", "n3");
        assertThat(four.tier()).isEqualTo("leaf");
        assertThat(four.neededTier()).isEqualTo("leaf");
        assertThat(four.extraTiers()).isZero();
        assertThat(four.members().get(0).gpus()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);

        GangAnswer five = scheduler.place(GangRequest.of(NODE, 5).build());
        assertThat(five).isInstanceOf(GangRefusal.class);
        GangRefusal refusal = (GangRefusal) five;
        assertThat(refusal.tasksThatFit()).isEqualTo(4);
        assertThat(refusal.rooms()).contains(new GangRefusal.Room("leaf", "leaf-1", 4));
        assertThat(refusal.relaxation()).isEqualTo(new GangRefusal.Relaxation("minTasks", "5", "4"));

        assertThat(scheduler.release(four)).isEqualTo(4);
        assertThat(scheduler.release(four)).isZero();
        assertThat(scheduler.retry(GangRequest.of(NODE, 5).build())).isInstanceOf(GangPlacement.class);
    }

    @Test
    void namesTheRequirementThatIsInTheWay() {
        GangRequest request = GangRequest.of(NODE, 5)
                .within("leaf")
                .sameLabels(List.of("driver"))
                .build();
        assertThat(scheduler.explain(request))
                .hasValueSatisfying(refusal -> assertThat(refusal.relaxations())
                        .containsExactly(
                                new GangRefusal.Relaxation("requiredTier", "leaf", "spine"),
                                new GangRefusal.Relaxation("minTasks", "5", "4")));
        GangRequest eight =
                GangRequest.of(NODE, 8).sameLabels(List.of("driver")).build();
        assertThat(scheduler.explain(eight).orElseThrow().relaxations())
                .contains(new GangRefusal.Relaxation("sameLabels", "[driver]", "[]"));
        assertThat(scheduler.explain(
                        GangRequest.of(NODE, 7).sameLabels(List.of("driver")).build()))
                .isEmpty();
        GangRefusal impossible = scheduler
                .explain(GangRequest.of(Request.gpus(16, 0, 0), 2).build())
                .orElseThrow();
        assertThat(impossible.task()).isNotNull();
        assertThat(impossible.relaxations()).isEmpty();
    }

    @Test
    void shrinksAndGrows() {
        placed(scheduler.place(GangRequest.of(NODE, 2).build()));
        GangPlacement gang = placed(
                scheduler.place(GangRequest.elastic(NODE, 2, 4).within("leaf").build()));
        assertThat(nodes(gang)).containsExactly("n4", "n5", "n6", "n7");
        GangPlacement small = placed(
                scheduler.place(GangRequest.elastic(NODE, 1, 4).within("leaf").build()));
        assertThat(nodes(small)).containsExactly("n2", "n3");
        GangAnswer refused = scheduler.grow(small, 1, 2);
        assertThat(refused).isInstanceOf(GangRefusal.class);
        scheduler.release(gang.members().get(0).claim());
        assertThat(scheduler.grow(small, 1, 2)).as("n4 is on another leaf").isInstanceOf(GangRefusal.class);
    }

    @Test
    void growsIntoTheNextTierWhenItMay() {
        placed(scheduler.place(GangRequest.of(NODE, 2).build()));
        GangPlacement small = placed(scheduler.place(GangRequest.of(NODE, 2).build()));
        GangPlacement grown = placed(scheduler.grow(small, 1, 3));
        assertThat(nodes(grown)).startsWith("n2", "n3").hasSize(5);
        assertThat(grown.tier()).isEqualTo("spine");
        assertThat(grown.extraTiers()).isEqualTo(1);
    }

    @Test
    void replacesALostMember() {
        GangPlacement gang = placed(scheduler.place(GangRequest.of(NODE, 3).build()));
        assertThat(nodes(gang)).containsExactly("n0", "n1", "n2");
        scheduler.setState("n1", NodeState.REPAIR);
        GangPlacement near = placed(scheduler.replace(gang, 1));
        assertThat(nodes(near)).containsExactly("n0", "n3", "n2");
        assertThat(near.extraTiers()).isZero();
        assertThat(scheduler.placement(gang.members().get(1).claim())).isEmpty();

        scheduler.setState("n2", NodeState.REPAIR);
        GangPlacement far = placed(scheduler.replace(near, 2));
        assertThat(far.tier()).isEqualTo("spine");
        assertThat(far.extraTiers()).as("one tier further apart than before").isEqualTo(1);
        assertThat(near.oversubscription()).isEqualTo(1);
        assertThat(far.before()).isEqualTo(new GangPlacement.Before("leaf", 1));
        assertThat(far.oversubscription()).as("leaves are non-blocking").isEqualTo(1);
    }

    @Test
    void statesWhatALossCostsInBandwidth() {
        scheduler.update(cluster(8, 3));
        GangPlacement gang = placed(scheduler.place(GangRequest.of(NODE, 4).build()));
        scheduler.setState("n1", NodeState.REPAIR);
        GangPlacement healed = placed(scheduler.replace(gang, 1));
        assertThat(nodes(healed)).containsExactly("n0", "n4", "n2", "n3");
        assertThat(healed.before()).isEqualTo(new GangPlacement.Before("leaf", 1));
        assertThat(healed.tier()).isEqualTo("spine");
        assertThat(healed.oversubscription())
                .as("three nodes share what leads out of a leaf")
                .isEqualTo(3);
        assertThat(gang.before()).isNull();
    }

    @Test
    void replacesAllThatWasOnALostNodeAtOnce() {
        GangRequest request = GangRequest.of(Request.gpus(2, 100, 100), 8)
                .segments(4, GangRequest.ISLAND)
                .build();
        GangPlacement gang = placed(scheduler.place(request));
        assertThat(nodes(gang)).containsOnly("n0", "n1");
        scheduler.setState("n0", NodeState.REPAIR);
        assertThat(scheduler.replace(gang, 1)).as("its segment is on n0").isInstanceOf(GangRefusal.class);
        GangPlacement healed = placed(scheduler.replace(gang, 3, 1, 0, 2));
        assertThat(nodes(healed)).containsExactly("n2", "n2", "n2", "n2", "n1", "n1", "n1", "n1");
        assertThat(scheduler.placement(gang.members().get(0).claim())).isEmpty();
        assertThat(scheduler.release(healed)).isEqualTo(8);
    }

    @Test
    void aRefusalToReplaceSaysWhatWouldHelp() {
        GangPlacement gang =
                placed(scheduler.place(GangRequest.of(NODE, 4).within("leaf").build()));
        scheduler.setState("n1", NodeState.REPAIR);
        GangRefusal refusal = (GangRefusal) scheduler.replace(gang, 1);
        assertThat(refusal.relaxation()).isEqualTo(new GangRefusal.Relaxation("requiredTier", "leaf", "spine"));
        assertThat(scheduler.release(gang)).isEqualTo(4);
    }

    @Test
    void replacesAMemberWhoseNodeIsGone() {
        placed(scheduler.place(GangRequest.of(NODE, 4).build()));
        GangPlacement gang = placed(scheduler.place(GangRequest.of(NODE, 3).build()));
        assertThat(nodes(gang)).containsExactly("n4", "n5", "n6");
        scheduler.update(cluster(6));
        assertThatThrownBy(() -> scheduler.grow(gang, 1, 1)).hasMessageContaining("node 'n6'");
        assertThat(scheduler.replace(gang, 2)).isInstanceOf(GangRefusal.class);
        scheduler.update(cluster(8));
        assertThat(nodes(placed(scheduler.replace(gang, 2)))).containsExactly("n4", "n5", "n6");
    }

    @Test
    void gangsOfOneLeaveWholeLeavesAlone() {
        List<Placement> taken = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            taken.add(placed(scheduler.place(GangRequest.of(NODE, 1).build()))
                    .members()
                    .get(0));
        }
        assertThat(taken).extracting(Placement::nodeName).containsExactly("n0", "n1", "n2", "n3");
    }

    @Test
    void refusesTiersThatThereAreNot() {
        assertThatThrownBy(() ->
                        scheduler.place(GangRequest.of(NODE, 2).within("pod").build()))
                .hasMessageContaining("requiredTier is 'pod'")
                .hasMessageContaining("[node, leaf, spine, cluster]");
    }
}
