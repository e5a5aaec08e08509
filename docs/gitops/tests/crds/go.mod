// The CRDs of Argo CD and Flux, which helm-chart/tests/server_test.py installs to check the samples
// here: only these modules' files are used, none of their code. After a change of version:
//   go mod download -json MODULE@VERSION      prints the sums for go.sum
module dev.ipfstee/gitops-crds

go 1.25.0

require (
	github.com/argoproj/argo-cd/v3 v3.2.0
	github.com/fluxcd/helm-controller v1.4.0
	github.com/fluxcd/kustomize-controller v1.6.0
	github.com/fluxcd/source-controller v1.7.0
)
