{{/*
The one place where an image reference is made, so that images.registry reaches all of them: also the
image of the fetch Jobs, which the operator gets by its configuration.
*/}}
{{- define "ipfs-tee.image" -}}
{{- $name := printf "%s/%s" (trimSuffix "/" .root.Values.images.registry) .image.repository -}}
{{- if .image.digest -}}
{{ printf "%s@%s" $name .image.digest }}
{{- else -}}
{{ printf "%s:%s" $name (.image.tag | default .root.Chart.AppVersion) }}
{{- end -}}
{{- end }}

{{- define "ipfs-tee.operatorImage" -}}
{{ include "ipfs-tee.image" (dict "root" . "image" .Values.operator.image) }}
{{- end }}

{{- define "ipfs-tee.fetcherImage" -}}
{{ include "ipfs-tee.image" (dict "root" . "image" .Values.fetcher.image) }}
{{- end }}

{{- define "ipfs-tee.pullSecrets" -}}
{{- with .Values.images.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
