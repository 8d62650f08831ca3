{{/* The file that berth k8s serve reads; docs/kubernetes.md says what the fields mean. */}}
{{- define "berth.settings" -}}
mode: {{ .Values.mode }}
cluster:
  managedResources: {{ toJson .Values.cluster.managedResources }}
  countedResources: {{ toJson .Values.cluster.countedResources }}
  preset: {{ .Values.cluster.preset }}
  topologyLabels: {{ toJson .Values.cluster.topologyLabels }}
  {{- if .Values.cluster.file }}
  file: /etc/berth/settings/cluster.yaml
  {{- end }}
steering:
  schedulerNames: {{ include "berth.schedulerNames" . }}
  gangTimeoutSeconds: {{ int .Values.steering.gangTimeoutSeconds }}
{{- if include "berth.steers" . }}
  how: {{ .Values.steering.how }}
  gate: berth.dev/plan
  heal: {{ .Values.steering.heal }}
  planAtCreation: {{ .Values.steering.planAtCreation }}
{{- end }}
preemption:
  gangs: {{ .Values.preemption.gangs }}
{{- if include "berth.extends" . }}
extender:
  nodeCacheCapable: {{ .Values.extender.nodeCacheCapable }}
  filter: {{ .Values.extender.filter }}
  reservationSeconds: {{ int .Values.extender.reservationSeconds }}
  nominateAhead: {{ int .Values.extender.nominateAhead }}
{{- end }}
server:
  {{- if include "berth.extends" . }}
  extender:
    address: 0.0.0.0
    port: 9444
    tls:
      certificate: /etc/berth/tls/tls.crt
      key: /etc/berth/tls/tls.key
      clientCa: /etc/berth/tls/ca.crt
      allowedNames: {{ list (include "berth.clientName" .) | toJson }}
  {{- end }}
  {{- if include "berth.hasWebhook" . }}
  webhook:
    address: 0.0.0.0
    port: 9443
    tls:
      certificate: /etc/berth/tls/tls.crt
      key: /etc/berth/tls/tls.key
  {{- end }}
  metrics:
    address: 0.0.0.0
    port: 9090
  page:
    address: {{ .Values.page.address }}
    port: 9080
  limits:
    bodyMib: {{ int .Values.limits.bodyMib }}
    requestSeconds: {{ int .Values.limits.requestSeconds }}
    concurrentRequests: {{ int .Values.limits.concurrentRequests }}
api:
  parallelWrites: {{ int .Values.api.parallelWrites }}
{{- if or .Values.readBack.prometheus.url .Values.readBack.podResources.volume }}
readBack:
  {{- with .Values.readBack.prometheus }}
  {{- if .url }}
  prometheus:
    url: {{ .url | quote }}
    selector: {{ .selector | quote }}
    everySeconds: {{ .everySeconds }}
    timeoutSeconds: {{ .timeoutSeconds }}
    {{- with .tokenFile }}
    tokenFile: {{ . | quote }}
    {{- end }}
    {{- with .caFile }}
    caFile: {{ . | quote }}
    {{- end }}
  {{- end }}
  {{- end }}
  {{- if .Values.readBack.podResources.volume }}
  podResources:
    directory: /var/lib/berth/pod-resources
    everySeconds: {{ .Values.readBack.podResources.everySeconds }}
  {{- end }}
{{- end }}
lease:
  namespace: {{ .Release.Namespace }}
  name: {{ .Values.lease.name }}
  durationSeconds: {{ .Values.lease.durationSeconds }}
  renewSeconds: {{ .Values.lease.renewSeconds }}
  retrySeconds: {{ .Values.lease.retrySeconds }}
{{- end }}
