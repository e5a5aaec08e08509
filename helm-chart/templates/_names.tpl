{{/*
Names are fixed, not derived from the release: the CRDs and admission policies exist once per cluster
anyway, and so every command in the documentation is true as it stands.
*/}}
{{- define "ipfs-tee.labels" -}}
{{- with .root.Values.commonLabels }}{{ toYaml . }}
{{ end -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: ipfs-tee-operator
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{ include "ipfs-tee.selector" . }}
{{- end }}

{{/* What selects the pods of a component: operator, node-registry or fetch. */}}
{{- define "ipfs-tee.selector" -}}
app.kubernetes.io/name: ipfs-tee-operator
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/* Refuses values that the schema can't: they concern two values at once, or the release itself. */}}
{{- define "ipfs-tee.check" -}}
{{- if eq .Release.Namespace .Values.nodes.namespace }}
{{- fail (printf "nodes.namespace: '%s' is also the release namespace: the operator runs restricted, the node programs need a hostPath; use two namespaces" .Values.nodes.namespace) }}
{{- end }}
{{- if has .Values.nodes.namespace .Values.watchNamespaces }}
{{- fail (printf "watchNamespaces: '%s' is nodes.namespace, where only the node programs may run; leave it out" .Values.nodes.namespace) }}
{{- end }}
{{- range .Values.gatewaySecrets.namespaces }}
{{- if and $.Values.watchNamespaces (ne . "*") (not (has . $.Values.watchNamespaces)) }}
{{- fail (printf "gatewaySecrets.namespaces: '%s' isn't one of watchNamespaces, so nothing there is served; leave it out" .) }}
{{- end }}
{{- end }}
{{- if not .Values.fetcher.image.digest }}
{{- fail "fetcher.image.digest: not set. Give the digest of the image-fetcher image (sha256:…): the admission policy lets only that image run beside the store" }}
{{- end }}
{{- $monitoring := list }}
{{- if .Values.monitoring.podMonitors.enabled }}{{ $monitoring = append $monitoring "podMonitors/PodMonitor" }}{{ end }}
{{- if .Values.monitoring.prometheusRule.enabled }}{{ $monitoring = append $monitoring "prometheusRule/PrometheusRule" }}{{ end }}
{{- range $monitoring }}
{{- $value := dir . }}{{ $kind := base . }}
{{- if and ($.Capabilities.APIVersions.Has "apps/v1/Deployment") (not ($.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" $kind))) }}
{{- fail (printf "monitoring.%s.enabled: this API server has no monitoring.coreos.com/v1 %s. Install the Prometheus operator's definitions first, or set it to false" $value $kind) }}
{{- end }}
{{- end }}
{{- /* `helm template` without a cluster knows API groups but no kinds: then there is nothing to check. */}}
{{- $kindsKnown := .Capabilities.APIVersions.Has "apps/v1/Deployment" }}
{{- if and .Values.admissionPolicies.enabled $kindsKnown (not (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy")) }}
{{- fail "admissionPolicies.enabled: this API server has no admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy. Without the policies whoever may create a TeeWorkload can create pods through the operator; to accept that, set it to false" }}
{{- end }}
{{- end }}

{{/* Host and port under which containerd reaches the node registry. */}}
{{- define "ipfs-tee.registryHost" -}}
localhost:{{ .Values.registry.hostPort }}
{{- end }}

{{/* Where a guest reaches the registry of its node over TLS, as HOST:PORT. */}}
{{- define "ipfs-tee.guestHost" -}}
node-registry.{{ .Values.nodes.namespace }}.svc:{{ .Values.registry.tls.port }}
{{- end }}

{{/* Where the registries of other nodes are found, as HOST:PORT. */}}
{{- define "ipfs-tee.peers" -}}
node-registry-peers.{{ .Values.nodes.namespace }}.svc:5051
{{- end }}

{{/* The ConfigMap by which the operator tells the nodes what is wanted. It has the name in its code. */}}
{{- define "ipfs-tee.desiredSet" -}}
node-registry-desired
{{- end }}
