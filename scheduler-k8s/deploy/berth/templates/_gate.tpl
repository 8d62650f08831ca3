{{/* Which pods are gated: one list of CEL conditions for the webhook and the policy. */}}

{{/* CEL that says whether the resource name in variable r is managed. */}}
{{- define "berth.gate.isManaged" -}}
{{- $names := list }}{{ $tests := list -}}
{{- range .Values.cluster.managedResources }}
{{- if hasSuffix "*" . }}{{ $tests = append $tests (printf "r.startsWith('%s')" (trimSuffix "*" .)) }}{{ else }}{{ $names = append $names (printf "'%s'" .) }}{{ end }}
{{- end }}
{{- if $names }}{{ $tests = prepend $tests (printf "r in [%s]" (join ", " $names)) }}{{ end -}}
{{ join " || " $tests }}
{{- end }}

{{- define "berth.gate.conditions" -}}
{{- $asks := printf "exists(c, has(c.resources) && has(c.resources.limits) && c.resources.limits.exists(r, %s))" (include "berth.gate.isManaged" .) -}}
# The API server takes no gated pod that has a node already: those of static pods, and of who places pods alone.
- name: has-no-node
  expression: >-
    !has(object.spec.nodeName) || object.spec.nodeName == ''
- name: of-a-steered-scheduler
  expression: >-
    has(object.spec.schedulerName) && object.spec.schedulerName in [{{ range $i, $name := include "berth.schedulerNames" . | fromJsonArray }}{{ if $i }}, {{ end }}'{{ $name }}'{{ end }}]
- name: is-not-gated-yet
  expression: >-
    !has(object.spec.schedulingGates) || !object.spec.schedulingGates.exists(g, g.name == 'berth.dev/plan')
- name: is-not-left-alone
  expression: >-
    !has(object.metadata.annotations) || !('berth.dev/ignore' in object.metadata.annotations) || object.metadata.annotations['berth.dev/ignore'] != 'true'
# Limits are enough: a pod that requests an extended resource without limiting it to the same number is no valid pod.
- name: wants-gpus
  expression: >-
    object.spec.containers.{{ $asks }}
    || (has(object.spec.initContainers) && object.spec.initContainers.{{ $asks }})
    {{- with .Values.steering.gate.annotations }}
    || (has(object.metadata.annotations) && object.metadata.annotations.exists(a, a in [{{ range $i, $name := . }}{{ if $i }}, {{ end }}'{{ $name }}'{{ end }}]))
    {{- end }}
{{- end }}

{{- define "berth.gate.namespaceSelector" -}}
matchExpressions:
- key: kubernetes.io/metadata.name
  operator: NotIn
  values: {{ concat (list "kube-system" .Release.Namespace) .Values.steering.gate.excludedNamespaces | uniq | toJson }}
- key: berth.dev/ignore
  operator: NotIn
  values: ["true"]
{{- end }}

{{- define "berth.gate.objectSelector" -}}
matchExpressions:
- key: berth.dev/ignore
  operator: NotIn
  values: ["true"]
{{- end }}
