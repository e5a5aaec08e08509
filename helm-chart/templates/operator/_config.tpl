{{/* The operator's configuration file. It is strict: a key that the operator doesn't know ends its start. */}}
{{- define "ipfs-tee.config" -}}
namespaces:
  system: {{ .Release.Namespace }}
  nodes: {{ .Values.nodes.namespace }}
watchNamespaces: {{ toJson .Values.watchNamespaces }}
fetcher:
  image: {{ include "ipfs-tee.fetcherImage" . }}
  imagePullPolicy: {{ .Values.fetcher.image.pullPolicy }}
  imagePullSecrets: {{ toJson .Values.images.pullSecrets }}
  serviceAccountName: image-fetcher
  store: {{ .Values.nodes.store }}
  minFree: {{ .Values.fetcher.minFree | quote }}
  {{- if .Values.registry.peers.enabled }}
  peers: http://{{ include "ipfs-tee.peers" . }}
  {{- end }}
  {{- with .Values.fetcher.proxy }}
  {{- if .url }}
  proxy:
    url: {{ .url | quote }}
    {{- with .credentialsSecretName }}
    credentialsSecretName: {{ . | quote }}
    {{- end }}
    except: {{ toJson .except }}
  {{- end }}
  {{- end }}
  resources:
    {{- toYaml .Values.fetcher.resources | nindent 4 }}
  # The Jobs run where the registry runs, so they tolerate what it tolerates.
  tolerations: {{ toJson .Values.registry.tolerations }}
  attempts:
    initialBackoff: {{ .Values.fetcher.attempts.initialBackoff }}
    maxBackoff: {{ .Values.fetcher.attempts.maxBackoff }}
    rearmAfter: {{ .Values.fetcher.attempts.rearmAfter }}
    jobTtl: {{ .Values.fetcher.attempts.jobTtl }}
registry:
  host: {{ include "ipfs-tee.registryHost" . | quote }}
  managementPort: 8081
gateways:
{{- range .Values.gateways }}
  - url: {{ .url | quote }}
    {{- with .tokenSecretName }}
    tokenSecretName: {{ . | quote }}
    {{- end }}
    {{- with .caSecretName }}
    caSecretName: {{ . | quote }}
    {{- end }}
{{- end }}
{{- with .Values.profiles }}
profiles:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
