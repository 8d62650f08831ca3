{{/* Certificates that helm makes, once per rendering: two calls would make two authorities. What is in the cluster is kept, so that an upgrade changes nothing. */}}
{{- define "berth.certificates" -}}
{{- if not (hasKey .Values.tls "made") }}
{{- $server := include "berth.serverSecret" . }}
{{- $client := include "berth.clientSecret" . }}
{{- $kept := lookup "v1" "Secret" .Release.Namespace $server }}
{{- $keptClient := lookup "v1" "Secret" .Release.Namespace $client }}
{{- if and $kept $keptClient }}
{{- $_ := set .Values.tls "made" (dict "server" $kept.data "client" $keptClient.data) }}
{{- else }}
{{- $days := int .Values.tls.helm.validDays }}
{{- $authority := genCAWithKey (printf "%s-ca" (include "berth.name" .)) $days (genPrivateKey "ecdsa") }}
{{- $names := list }}
{{- range list (include "berth.webhookService" .) (include "berth.extenderService" .) }}
{{- $names = concat $names (list (printf "%s.%s.svc" . $.Release.Namespace) (printf "%s.%s.svc.cluster.local" . $.Release.Namespace)) }}
{{- end }}
{{- $serverPair := genSignedCertWithKey (first $names) nil $names $days $authority (genPrivateKey "ecdsa") }}
{{- $clientPair := genSignedCertWithKey (include "berth.clientName" .) nil nil $days $authority (genPrivateKey "ecdsa") }}
{{- $_ := set .Values.tls "made" (dict
  "server" (dict "tls.crt" (b64enc $serverPair.Cert) "tls.key" (b64enc $serverPair.Key) "ca.crt" (b64enc $authority.Cert))
  "client" (dict "tls.crt" (b64enc $clientPair.Cert) "tls.key" (b64enc $clientPair.Key) "ca.crt" (b64enc $authority.Cert))) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the API server trusts when it calls the webhook, in base64; empty when cert-manager fills it in. */}}
{{- define "berth.caBundle" -}}
{{- if eq .Values.tls.source "helm" }}{{ include "berth.certificates" . }}{{ index .Values.tls.made.server "ca.crt" }}
{{- else if eq .Values.tls.source "secret" }}{{ b64enc .Values.tls.secret.caBundle }}
{{- end }}
{{- end }}
