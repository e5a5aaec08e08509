{{/* Where an alert is explained. */}}
{{- define "ipfs-tee.runbook" -}}
{{ .root.Values.monitoring.prometheusRule.runbook }}#{{ .alert | lower }}
{{- end }}

{{/*
The alerts, one section each in docs/metrics.md. The braces of Prometheus' own templates are printed, so
that Helm leaves them alone. Counters of fetches exist on the leader of the time, hence the sums.
*/}}
{{- define "ipfs-tee.alerts" -}}
{{- $operator := printf "namespace=%q" .Release.Namespace -}}
{{- $registry := printf "namespace=%q" .Values.nodes.namespace -}}
groups:
  - name: ipfs-tee-operator
    rules:
      - alert: IpfsTeeOperatorAbsent
        expr: absent(ipfs_tee_build_info{ {{- $operator -}} })
        for: 5m
        labels: {severity: critical}
        annotations:
          summary: No replica of the operator is scraped.
          description: Running workloads go on, and pods still get images that their nodes hold; nothing new is fetched, rolled out or reported.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeOperatorAbsent") }}
      - alert: IpfsTeeNoLeader
        expr: sum(ipfs_tee_leader{ {{- $operator -}} }) == 0
        for: 2m
        labels: {severity: critical}
        annotations:
          summary: Replicas of the operator run, but none leads.
          description: Nothing is fetched, rolled out or reported.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeNoLeader") }}
      - alert: IpfsTeeReconcileFailures
        expr: |-
          sum by (controller_name) (rate(reconciliations_failure_total{ {{- $operator -}} }[10m]))
            > 0.1 * sum by (controller_name) (rate(reconciliations_started_total{ {{- $operator -}} }[10m]))
        for: 15m
        labels: {severity: warning}
        annotations:
          summary: More than a tenth of the passes of {{ "{{ $labels.controller_name }}" }} fail.
          description: The operator can't do what it has decided, usually because the API server refuses it.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeReconcileFailures") }}
      - alert: IpfsTeeQueueNotDraining
        expr: min_over_time(sum by (controller_name) (reconciliations_queue{ {{- $operator -}} })[15m:1m]) > 0
        for: 15m
        labels: {severity: warning}
        annotations:
          summary: Objects of {{ "{{ $labels.controller_name }}" }} have waited for the operator for half an hour without a pause.
          description: The operator is too slow for what it is asked, or its API server is.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeQueueNotDraining") }}
      - alert: IpfsTeeObjectsNotReady
        expr: max by (kind) (ipfs_tee_objects_not_ready_seconds{ {{- $operator -}} }) > 900
        labels: {severity: warning}
        annotations:
          summary: A {{ "{{ $labels.kind }}" }} hasn't been ready for {{ "{{ $value | humanizeDuration }}" }}.
          description: Its Ready condition says why, as do its events.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeObjectsNotReady") }}
      - alert: IpfsTeeGatewaySentWrongBlocks
        expr: sum by (gateway) (increase(ipfs_tee_gateway_wrong_blocks_total{ {{- $operator -}} }[1h])) > 0
        labels: {severity: warning}
        annotations:
          summary: Gateway {{ "{{ $labels.gateway }}" }} sent blocks that aren't what their CID promises.
          description: They were dropped, and the gateway for the run. It is broken, or it lies.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeGatewaySentWrongBlocks") }}
      - alert: IpfsTeeFetchDiskFull
        expr: sum(increase(ipfs_tee_fetches_total{ {{- $operator }},reason="DiskFull"}[30m])) > 0
        labels: {severity: warning}
        annotations:
          summary: Fetches are refused for want of disk.
          description: An image doesn't fit on a node within fetcher.minFree ({{ .Values.fetcher.minFree }}).
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeFetchDiskFull") }}
      - alert: IpfsTeeDesiredSetNotWritten
        expr: sum(increase(ipfs_tee_desired_write_failures_total{ {{- $operator -}} }[15m])) > 1.5
        for: 15m
        labels: {severity: warning}
        annotations:
          summary: The nodes aren't told any more which images are wanted.
          description: The operator can't write the ConfigMap node-registry-desired. What was told before stays.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeDesiredSetNotWritten") }}
  - name: ipfs-tee-node-registry
    rules:
      - alert: IpfsTeeRegistryDown
        expr: |-
          up{ {{- $registry }},job=~".*node-registry"} == 0
            or absent(up{ {{- $registry }},job=~".*node-registry"})
        for: 5m
        labels: {severity: critical}
        annotations:
          summary: The node registry {{ "{{ with $labels.node }}of node {{ . }} {{ end }}" }}isn't scraped.
          description: No pod can start there from an image that containerd doesn't have yet.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeRegistryDown") }}
      - alert: IpfsTeeRegistryErrors
        expr: sum by (node, pod) (rate(ipfstee_registry_requests_total{ {{- $registry }},code=~"5.."}[10m])) > 0
        for: 10m
        labels: {severity: warning}
        annotations:
          summary: The node registry of {{ "{{ $labels.node }}" }} answers with server errors.
          description: containerd can't pull what it serves.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeRegistryErrors") }}
      - alert: IpfsTeeDesiredSetUnknown
        expr: min by (node, pod) (ipfstee_registry_desired_complete{ {{- $registry -}} }) == 0
        for: 15m
        labels: {severity: warning}
        annotations:
          summary: The registry of {{ "{{ $labels.node }}" }} doesn't know all images that are wanted.
          description: It removes none from its store, and asks other nodes by chance for what it lacks.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeDesiredSetUnknown") }}
      - alert: IpfsTeeStoreDamaged
        expr: max by (node, pod) (ipfstee_store_blobs_damaged{ {{- $registry -}} }) > 0
        for: 15m
        labels: {severity: warning}
        annotations:
          summary: "{{ "{{ $value }}" }} blobs in the store of {{ "{{ $labels.node }}" }} aren't what their digest says."
          description: They are not served, and should have been fetched again by now.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeStoreDamaged") }}
      - alert: IpfsTeeStoreNearlyFull
        expr: |-
          min by (node, pod) (ipfstee_store_volume_usable_bytes{ {{- $registry -}} } / ipfstee_store_volume_bytes{ {{- $registry -}} })
            < {{ .Values.monitoring.prometheusRule.minFreeRatio }}
        for: 15m
        labels: {severity: warning}
        annotations:
          summary: Only {{ "{{ $value | humanizePercentage }}" }} of the store's volume on {{ "{{ $labels.node }}" }} is free.
          description: Below fetcher.minFree ({{ .Values.fetcher.minFree }}) no image is fetched there any more.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeStoreNearlyFull") }}
      - alert: IpfsTeeRegistryCertificateExpires
        expr: min by (node, pod) (ipfstee_registry_tls_certificate_expiration_timestamp_seconds{ {{- $registry -}} }) - time() < 259200
        labels: {severity: warning}
        annotations:
          summary: The certificate of the node registry on {{ "{{ $labels.node }}" }} expires in {{ "{{ $value | humanizeDuration }}" }}.
          description: Guests that pull by themselves will refuse it then.
          runbook_url: {{ include "ipfs-tee.runbook" (dict "root" . "alert" "IpfsTeeRegistryCertificateExpires") }}
{{- end }}
