{{/* DNS: any of the given peers, or anywhere, on port 53. */}}
{{- define "ipfs-tee.dnsEgress" -}}
- ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
  {{- with .Values.networkPolicy.dnsPeers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Peers of the namespaces that may read metrics. */}}
{{- define "ipfs-tee.monitoringPeers" -}}
{{- range .Values.networkPolicy.monitoringNamespaces }}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ . }}
{{- end }}
{{- end }}

{{/* Who may pull over TLS: the given peers, or the pods of all namespaces that are served. */}}
{{- define "ipfs-tee.guestPeers" -}}
{{- if .Values.networkPolicy.guestPeers }}
{{- toYaml .Values.networkPolicy.guestPeers }}
{{- else if .Values.watchNamespaces }}
- namespaceSelector:
    matchExpressions:
      - key: kubernetes.io/metadata.name
        operator: In
        values:
          {{- toYaml .Values.watchNamespaces | nindent 10 }}
{{- else }}
- namespaceSelector: {}
{{- end }}
{{- end }}

{{/*
Egress to the gateways. A NetworkPolicy knows no host names, so:
- a gateway in the cluster (host <service>.<namespace>.svc…): the pods of its namespace, any port,
  because the policy sees the pod's port, not the Service's;
- a gateway by IP address: that address and port;
- every other one: its port at public addresses. The fetcher itself dials public addresses only,
  unless the administrator named the host; this is the second fence.
With a proxy, it is the proxy that is reached so, and beside it the gateways that are excepted.
*/}}
{{- define "ipfs-tee.gatewayEgress" -}}
{{- $ports := list }}
{{- $urls := list }}
{{- $proxy := .Values.fetcher.proxy }}
{{- if $proxy.url }}
{{- $urls = append $urls $proxy.url }}
{{- end }}
{{- range .Values.gateways }}
{{- $url := urlParse .url }}
{{- $default := ternary "80" "443" (eq $url.scheme "http") }}
{{- $host := trimSuffix (print ":" $default) $url.host }}
{{- if or (not $proxy.url) (has $host $proxy.except) (has (printf "%s:%s" $host $default) $proxy.except) }}
{{- $urls = append $urls .url }}
{{- end }}
{{- end }}
{{- range $urls }}
{{- $url := urlParse . }}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "80" "443" (eq $url.scheme "http")) | int }}
{{- if regexMatch "\\.svc(\\.|$)" $url.hostname }}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ index (splitList "." $url.hostname) 1 }}
{{- else if regexMatch "^[0-9.]+$" $url.hostname }}
- to:
    - ipBlock:
        cidr: {{ $url.hostname }}/32
  ports:
    - {protocol: TCP, port: {{ $port }}}
{{- else if contains ":" $url.hostname }}
- to:
    - ipBlock:
        cidr: {{ $url.hostname }}/128
  ports:
    - {protocol: TCP, port: {{ $port }}}
{{- else }}
{{- $ports = append $ports $port | uniq }}
{{- end }}
{{- end }}
{{- if $ports }}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
          - 0.0.0.0/8        # this network
          - 10.0.0.0/8       # private
          - 100.64.0.0/10    # carrier-grade NAT, and a cloud's metadata service
          - 127.0.0.0/8      # loopback
          - 169.254.0.0/16   # link-local, and the metadata services of most clouds
          - 172.16.0.0/12    # private
          - 192.0.0.0/24     # IETF protocol assignments
          - 192.168.0.0/16   # private
          - 198.18.0.0/15    # benchmarking
          - 224.0.0.0/4      # multicast
          - 240.0.0.0/4      # reserved, broadcast
    - ipBlock:
        cidr: ::/0
        except:
          - ::1/128          # loopback
          - 64:ff9b::/96     # NAT64: would reach IPv4 addresses past the list above
          - fc00::/7         # unique local, and a cloud's metadata service
          - fe80::/10        # link-local
          - ff00::/8         # multicast
  ports:
    {{- range $ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end }}
{{- end }}

{{/* Egress to the other nodes' registries. */}}
{{- define "ipfs-tee.peersEgress" -}}
- ports:
    - {protocol: TCP, port: peers}
  to:
    - podSelector:
        matchLabels:
          {{- include "ipfs-tee.selector" (dict "component" "node-registry") | nindent 10 }}
{{- end }}
