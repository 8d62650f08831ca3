package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both readers of who has which GPU. */
class GpuUseTest {
    private static GpuSamples samples(String json) throws IOException {
        return GpuSamples.parse(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static String answer(String... series) {
        return "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" + String.join(",", series)
                + "]}}";
    }

    private static String series(String labels, String value) {
        return "{\"metric\":{" + labels + "},\"value\":[1764000009.781,\"" + value + "\"]}";
    }

    private static List<GpuUse> resources(String json) throws BadObjectException {
        return PodResourcesJson.parse(
                json.getBytes(StandardCharsets.UTF_8), "nvidia.com/gpu"::equals, "node-1", 1_764_000_000_000L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "dcgm-exporter 4 | 'pod':'llama-0','namespace':'train','pod_uid':'u1','hostname':'node-1'",
                "dcgm-exporter 3 | 'pod':'llama-0','namespace':'train','pod_uid':'u1','Hostname':'node-1'",
                "honor_labels false | 'pod':'dcgm-x','namespace':'gpu-operator','exported_pod':'llama-0','exported_namespace':'train','pod_uid':'u1','Hostname':'dcgm-x','node':'node-1'",
                "old namespace | 'pod_name':'llama-0','pod_namespace':'train','pod_uid':'u1','kubernetes_node':'node-1'",
            })
    void allSpellingsOfLabelsAreTheSame(String form, String labels) throws IOException {
        GpuSamples read = samples(
                answer(series("\"gpu\":\"3\",\"UUID\":\"GPU-8f\"," + labels.replace('\'', '"'), "1764000000.25")));
        assertThat(read.uses())
                .as(form)
                .containsExactly(
                        new GpuUse("train", "llama-0", "u1", "node-1", "GPU-8f", 3, "", "", 1_764_000_000_250L));
        assertThat(read.badCount()).isZero();
    }

    private static GpuUse part(String pod, String uuid, int index, String instance, String replica) {
        return new GpuUse("b", pod, "", "", uuid, index, instance, replica, 1_000);
    }

    @Test
    void gpusThatNobodyHasSayNothing() throws IOException {
        GpuSamples read = samples(answer(
                series("\"gpu\":\"0\",\"UUID\":\"GPU-1\",\"pod\":\"\",\"namespace\":\"\"", "1"),
                series("\"gpu\":\"0\",\"UUID\":\"GPU-1\",\"GPU_I_ID\":\"7\"", "1"),
                series("\"gpu\":\"0\",\"UUID\":\"GPU-1\"", "1")));
        assertThat(read.uses()).isEmpty();
        assertThat(read.badCount()).isZero();
    }

    @Test
    void instancesAreOfTheirGpuAndReplicasAreToldApart() throws IOException {
        String gpu = "\"gpu\":\"0\",\"UUID\":\"GPU-1\",\"namespace\":\"b\",";
        GpuSamples read = samples(answer(
                series(gpu + "\"GPU_I_PROFILE\":\"1g.11gb\",\"GPU_I_ID\":\"7\",\"pod\":\"a\"", "1"),
                series(gpu + "\"GPU_I_PROFILE\":\"1g.11gb\",\"GPU_I_ID\":\"8\",\"pod\":\"c\"", "1"),
                series("\"gpu\":\"2\",\"UUID\":\"MIG-1\",\"namespace\":\"b\",\"pod\":\"d\"", "1"),
                series("\"UUID\":\"MIG-2\",\"namespace\":\"b\",\"pod\":\"d\"", "1"),
                series(gpu + "\"vgpu\":\"0\",\"pod\":\"e\"", "1"),
                series(gpu + "\"vgpu\":\"3\",\"pod\":\"e\"", "1"),
                series(gpu + "\"vgpu\":\"1\",\"pod\":\"f\"", "1")));
        assertThat(read.uses())
                .containsExactly(
                        part("a", "GPU-1", 0, "7", ""),
                        part("c", "GPU-1", 0, "8", ""),
                        part("d", "", 2, "MIG-1", ""),
                        part("d", "", -1, "MIG-2", ""),
                        part("e", "GPU-1", 0, "", "0"),
                        part("e", "GPU-1", 0, "", "3"),
                        part("f", "GPU-1", 0, "", "1"));
        assertThat(read.badCount()).isZero();
        assertThat(GpuSamples.labels()).contains("GPU_I_ID", "vgpu").doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GPU-8f | GPU-8f | -1 | '' | ''",
                "GPU-8f::3 | GPU-8f | -1 | '' | 3",
                "MIG-41 | '' | -1 | MIG-41 | ''",
                "MIG-41::1 | '' | -1 | MIG-41 | 1",
                "MIG-GPU-8f/7/0 | GPU-8f | -1 | 7 | ''",
                "MIG-GPU-8f/7/0::1 | GPU-8f | -1 | 7 | 1",
                "nvidia3 | '' | 3 | '' | ''",
                "nvidia3/vgpu1 | '' | 3 | '' | 1",
                "nvidia3/gi7 | '' | 3 | 7 | ''",
                "nvidia3/gi7/vgpu0 | '' | 3 | 7 | 0",
                "nvidia3/7 | nvidia3/7 | -1 | '' | ''",
                "0000:c1:00.0 | 0000:c1:00.0 | -1 | '' | ''",
            })
    void whatTheIdOfADeviceSays(String id, String uuid, int index, String instance, String replica) {
        assertThat(DeviceId.parse(id)).isEqualTo(new DeviceId(uuid, index, instance, replica));
    }

    @Test
    void aSeriesThatCannotBeUsedIsNamedAndCostsNoOther() throws IOException {
        GpuSamples read = samples(answer(
                series("\"gpu\":\"0\",\"pod\":\"a\",\"namespace\":\"b\"", "1"),
                series("\"gpu\":\"zero\",\"pod\":\"a\",\"namespace\":\"b\"", "1"),
                series("\"gpu\":\"1\",\"pod\":\"a\",\"namespace\":\"b\"", "NaN"),
                series("\"gpu\":\"1\",\"pod\":\"a\",\"namespace\":\"b\"", "2")));
        assertThat(read.uses()).extracting(GpuUse::index).containsExactly(0, 1);
        assertThat(read.badCount()).isEqualTo(2);
        assertThat(read.firstBad())
                .isEqualTo("data.result[1].metric.gpu is \"zero\", allowed: whole numbers from 0 to 999");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | the text is empty, allowed: a JSON object",
                "[] | the object is an array, allowed: an object",
                "{'status':'error','errorType':'bad_data','error':'unexpected }'} | status is \"error\" with error \"unexpected }\", allowed: \"success\"",
                "{'status':'success','data':{'resultType':'matrix','result':[]}} | data.resultType is \"matrix\", allowed: \"vector\"",
                "{'status':'success','data':{}} | data.result is absent, allowed: a vector",
                "{'status':'success','data':{'result':[7]}} | data.result[0] is 7, allowed: an object",
                "{'status':'success','data':{'result':[{'metric':{'gpu':0}}]}} | data.result[0].metric.gpu is 0, allowed: a text",
                "{'status':'success','data':{'result':[{'value':['1','2']}]}} | data.result[0].value[0] is \"1\", allowed: a time and a value",
                "{'status': | not JSON at line 1, column 11",
            })
    void whatIsNoAnswerIsSaidInOneLine(String json, String message) {
        assertThatThrownBy(() -> samples(json.replace('\'', '"')))
                .isInstanceOf(BadObjectException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void theKubeletsAnswerIsReadInBothSpellings() throws BadObjectException {
        String json = """
                {"pod_resources":[
                  {"name":"llama-0","namespace":"train","containers":[
                    {"name":"a","devices":[
                      {"resource_name":"nvidia.com/gpu","device_ids":["GPU-1","GPU-2::3"],"topology":{"nodes":[{"ID":1}]}},
                      {"resource_name":"nvidia.com/gpu","device_ids":["GPU-2::1","GPU-2::3"]},
                      {"resource_name":"rdma/hca","device_ids":["mlx5_0"]}],"cpu_ids":[1,2]},
                    {"name":"b"}]},
                  {"name":"mig","namespace":"train","containers":[{"devices":[{"resource_name":"nvidia.com/mig-1g.5gb","device_ids":["MIG-7"]}]}]},
                  {"name":"web","namespace":"default","containers":[{"name":"c","devices":null}]}]}""";
        List<GpuUse> expected = List.of(
                new GpuUse("train", "llama-0", "", "node-1", "GPU-1", -1, "", "", 1_764_000_000_000L),
                new GpuUse("train", "llama-0", "", "node-1", "GPU-2", -1, "", "3", 1_764_000_000_000L),
                new GpuUse("train", "llama-0", "", "node-1", "GPU-2", -1, "", "1", 1_764_000_000_000L),
                new GpuUse("train", "mig", "", "node-1", "", -1, "MIG-7", "", 1_764_000_000_000L));
        assertThat(resources(json)).isEqualTo(expected);
        assertThat(resources(json.replace("pod_resources", "podResources")
                        .replace("resource_name", "resourceName")
                        .replace("device_ids", "deviceIds")))
                .isEqualTo(expected);
        assertThat(resources("{}")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'pod_resources':7} | pod_resources is 7, allowed: an array",
                "{'pod_resources':[{'name':'a'},{'namespace':'b','containers':[{'devices':[{'resource_name':'nvidia.com/gpu','device_ids':['G']}]}]}]} | pod_resources[1].name is absent, allowed: the name of a pod",
                "{'pod_resources':[{'name':'a','containers':[{'devices':[{'device_ids':[7]}]}]}]} | pod_resources[0].containers[0].devices[0].device_ids[0] is 7, allowed: a text",
                "{'pod_resources':[{'name':'a','containers':[{'devices':[{'device_ids':['']}]}]}]} | pod_resources[0].containers[0].devices[0].device_ids[0] is \"\", allowed: a device's id",
            })
    void whatIsNoAnswerOfAKubeletIsNamed(String json, String message) {
        assertThatThrownBy(() -> resources(json.replace('\'', '"')))
                .isInstanceOf(BadObjectException.class)
                .hasMessageStartingWith(message);
    }

    @Property(tries = 200)
    void whatIsWrittenIsRead(@ForAll @Size(max = 30) List<@IntRange(min = 0, max = 999) Integer> gpus)
            throws IOException {
        List<GpuUse> expected = new ArrayList<>();
        List<String> series = new ArrayList<>();
        for (int i = 0; i < gpus.size(); i++) {
            GpuUse use =
                    new GpuUse("ns-" + i % 3, "pod-" + i, "", "host", "GPU-" + i, gpus.get(i), "", "", 1_000L * i + i);
            expected.add(use);
            series.add(series(
                    String.join(
                            ",",
                            Map.of(
                                            "namespace", use.namespace(),
                                            "pod", use.podName(),
                                            "Hostname", use.host(),
                                            "UUID", use.uuid(),
                                            "gpu", String.valueOf(use.index()),
                                            "modelName", "Tesla T4")
                                    .entrySet()
                                    .stream()
                                    .map(label -> "\"" + label.getKey() + "\": \"" + label.getValue() + "\"")
                                    .toList()),
                    String.valueOf(use.seenMillis() / 1000.0)));
        }
        assertThat(samples(answer(series.toArray(String[]::new))).uses()).isEqualTo(expected);
    }
}
