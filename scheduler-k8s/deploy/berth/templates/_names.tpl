{{/* Names and labels. One release per namespace is expected; cluster-wide objects carry the release's name. */}}

{{- define "berth.name" -}}
{{- if contains "berth" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-berth" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "berth.serviceAccount" -}}
{{ default (include "berth.name" .) .Values.serviceAccount.name }}
{{- end }}

{{/* Cluster-wide names say the namespace too: two releases of one name in two namespaces must not meet. */}}
{{- define "berth.clusterName" -}}
{{- if eq (include "berth.name" .) .Release.Namespace }}{{ include "berth.name" . }}{{ else }}{{ printf "%s-%s" .Release.Namespace (include "berth.name" .) | trunc 63 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "berth.selector" -}}
app.kubernetes.io/name: berth
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "berth.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "berth.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "berth.image" -}}
{{- $image := .Values.image -}}
{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Truth is a text that is not empty. */}}
{{- define "berth.steers" -}}{{ if ne .Values.mode "extender" }}yes{{ end }}{{- end }}
{{- define "berth.extends" -}}{{ if ne .Values.mode "steered" }}yes{{ end }}{{- end }}
{{- define "berth.hasWebhook" -}}{{ if and (include "berth.steers" .) (eq .Values.steering.gate.by "webhook") }}yes{{ end }}{{- end }}
{{- define "berth.hasPolicy" -}}{{ if and (include "berth.steers" .) (eq .Values.steering.gate.by "policy") }}yes{{ end }}{{- end }}
{{- define "berth.hasOwnScheduler" -}}{{ if and (include "berth.extends" .) (eq .Values.extender.scheduler "own") }}yes{{ end }}{{- end }}
{{- define "berth.needsCertificates" -}}{{ if or (include "berth.hasWebhook" .) (include "berth.extends" .) }}yes{{ end }}{{- end }}

{{- define "berth.runsHere" -}}{{ if not .Values.steering.gate.url }}yes{{ end }}{{- end }}

{{- define "berth.webhookService" -}}{{ include "berth.name" . }}-webhook{{- end }}
{{- define "berth.extenderService" -}}{{ include "berth.name" . }}-extender{{- end }}
{{- define "berth.schedulerName" -}}{{ include "berth.name" . }}-scheduler{{- end }}

{{- define "berth.serverSecret" -}}
{{- if eq .Values.tls.source "secret" }}{{ required "tls.secret.server: the name of a secret is needed with tls.source secret" .Values.tls.secret.server }}{{ else }}{{ include "berth.name" . }}-server-tls{{ end -}}
{{- end }}

{{- define "berth.clientSecret" -}}
{{- if eq .Values.tls.source "secret" }}{{ required "tls.secret.client: the name of a secret is needed with tls.source secret and a kube-scheduler of its own" .Values.tls.secret.client }}{{ else }}{{ include "berth.name" . }}-client-tls{{ end -}}
{{- end }}

{{/* Who may ask the extender: the common name of kube-scheduler's certificate. */}}
{{- define "berth.clientName" -}}{{ include "berth.name" . }}-extender-client{{- end }}

{{/* The schedulers whose pods are steered; a kube-scheduler of its own is one of them in mode both. */}}
{{- define "berth.schedulerNames" -}}
{{- $names := .Values.steering.schedulerNames -}}
{{- if include "berth.hasOwnScheduler" . }}{{ $names = append $names .Values.extender.own.schedulerName | uniq }}{{ end -}}
{{- toJson $names -}}
{{- end }}

{{/* What would start, and never work. */}}
{{- define "berth.check" -}}
{{- if and (include "berth.hasPolicy" .) (not (semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version)) }}
{{- fail (printf "steering.gate.by: policy needs Kubernetes 1.36 or newer, this is %s; use webhook" .Capabilities.KubeVersion.Version) }}
{{- end }}
{{- if and (include "berth.hasWebhook" .) (eq .Values.tls.source "secret") (not .Values.tls.secret.caBundle) }}
{{- fail "tls.secret.caBundle: the webhook needs what has signed the server's certificate, as PEM, with tls.source secret" }}
{{- end }}
{{- if gt (addf (float64 .Values.lease.renewSeconds) 0.1) (float64 .Values.lease.durationSeconds) }}
{{- fail (printf "lease.renewSeconds: %v, allowed: 0.1 less than lease.durationSeconds at most, which is %v" .Values.lease.renewSeconds .Values.lease.durationSeconds) }}
{{- end }}
{{- if ge (float64 .Values.lease.retrySeconds) (float64 .Values.lease.renewSeconds) }}
{{- fail (printf "lease.retrySeconds: %v, allowed: less than lease.renewSeconds, which is %v" .Values.lease.retrySeconds .Values.lease.renewSeconds) }}
{{- end }}
{{- end }}
