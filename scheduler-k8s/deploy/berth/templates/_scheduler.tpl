{{/* The names under which kube-scheduler sends a pod to the extender: it knows no patterns, so a * becomes the MIG profiles that there are. */}}
{{- define "berth.exactResources" -}}
{{- $all := list -}}
{{- range .Values.cluster.managedResources }}
{{- if eq . "nvidia.com/mig-*" }}
{{- range splitList "\n" (trim ($.Files.Get "files/mig-profiles.txt")) }}{{ $all = append $all (printf "nvidia.com/mig-%s" (replace "+" "." .)) }}{{ end }}
{{- else if hasSuffix "*" . }}{{ fail (printf "cluster.managedResources: '%s': kube-scheduler knows no patterns; in modes extender and both name each resource (nvidia.com/mig-* is allowed)" .) }}
{{- else }}{{ $all = append $all . }}{{ end }}
{{- end }}
{{- uniq $all | toJson -}}
{{- end }}

{{/* extenders: of a KubeSchedulerConfiguration. Takes the root, the folder of the client's certificate, and the URL. */}}
{{- define "berth.extenders" -}}
{{- $root := .root -}}
extenders:
- urlPrefix: {{ .url }}
  filterVerb: filter
  {{- if eq $root.Values.extender.filter "all" }}
  prioritizeVerb: prioritize
  weight: 100
  {{- end }}
  preemptVerb: preempt
  bindVerb: bind
  enableHTTPS: true
  tlsConfig:
    # Without an authority kube-scheduler would trust everybody.
    caFile: {{ .folder }}/ca.crt
    certFile: {{ .folder }}/tls.crt
    keyFile: {{ .folder }}/tls.key
    serverName: {{ include "berth.extenderService" $root }}.{{ $root.Release.Namespace }}.svc
  httpTimeout: {{ int $root.Values.extender.httpTimeoutSeconds }}s
  nodeCacheCapable: {{ $root.Values.extender.nodeCacheCapable }}
  ignorable: {{ $root.Values.extender.ignorable }}
  managedResources:
  {{- range include "berth.exactResources" $root | fromJsonArray }}
  - {name: {{ . }}, ignoredByScheduler: false}
  {{- end }}
{{- end }}

{{- define "berth.schedulerConfiguration" -}}
{{- $url := printf "https://%s.%s.svc" (include "berth.extenderService" .) .Release.Namespace -}}
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  qps: {{ int .Values.extender.own.qps }}
  burst: {{ mul 2 (int .Values.extender.own.qps) }}
leaderElection:
  leaderElect: true
  resourceNamespace: {{ .Release.Namespace }}
  resourceName: {{ include "berth.schedulerName" . }}
profiles:
- schedulerName: {{ .Values.extender.own.schedulerName }}
  # Berth must be asked about all nodes, not about a random part.
  percentageOfNodesToScore: {{ int .Values.extender.own.percentageOfNodesToScore }}
{{ include "berth.extenders" (dict "root" . "folder" "/etc/berth/client" "url" $url) }}
{{- end }}

{{/* For a kube-scheduler that is there already. As a static pod it resolves no names of Services: it needs the address. */}}
{{- define "berth.schedulerPatch" -}}
# 1. The client's certificate, on each control plane node, in /etc/kubernetes/berth:
#    for file in ca.crt tls.crt tls.key; do kubectl -n {{ .Release.Namespace }} get secret {{ include "berth.clientSecret" . }} -o go-template="{{ "{{" }}index .data \"$file\" | base64decode{{ "}}" }}" > /etc/kubernetes/berth/$file; done
# 2. CLUSTER-IP below becomes what this prints:
#    kubectl -n {{ .Release.Namespace }} get service {{ include "berth.extenderService" . }} -o 'jsonpath={.spec.clusterIP}'
# 3. In the KubeSchedulerConfiguration; managed resources of another extender must not be named here again:
percentageOfNodesToScore: 100
{{ include "berth.extenders" (dict "root" . "folder" "/etc/kubernetes/berth" "url" "https://CLUSTER-IP") }}
{{- end }}

{{- define "berth.exampleResource" -}}
{{- $exact := list -}}
{{- range .Values.cluster.managedResources }}{{ if not (hasSuffix "*" .) }}{{ $exact = append $exact . }}{{ end }}{{ end -}}
{{ first (append $exact "nvidia.com/mig-1g.10gb") }}
{{- end }}
