SHELL := /bin/bash
.DEFAULT_GOAL := help

export IPFS_TEE_TOOLS ?= $(shell e2e/cluster/tools/build --print-bin)
# What warns about Maven's own libraries would hide what warns about ours.
export MAVEN_OPTS += -XX:+IgnoreUnrecognizedVMOptions --sun-misc-unsafe-memory-access=allow
export JAVA_HOME := $(shell hack/java-home)
MAVEN := mvn -B -ntp -q

.PHONY: help packages tools build unit it verify chart-test sample-test gitops-test docs-test shell-test format test fuzz bench jmh images reproducible pack cluster demo e2e stories clean-cluster crds health clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

packages: ## install the Debian packages that build, tests and cluster use, if any is missing (root)
	@e2e/cluster/tools/install-packages

tools: packages ## build Kubernetes, containerd, Kubo, Helm … from pinned Go modules into the cache (25 minutes, once)
	@e2e/cluster/tools/build

build: ## compile everything, without tests
	@$(MAVEN) -DskipTests package

unit: ## unit tests
	@$(MAVEN) --fail-at-end test

it: ## integration tests on a real kube-apiserver, Kubo, containerd and skopeo (needs make tools)
	@$(MAVEN) --fail-at-end -Dskip.unit.tests=true verify

verify: ## unit and integration tests
	@$(MAVEN) --fail-at-end verify

chart-test: ## render, lint and install the chart on a real kube-apiserver (needs make tools)
	@helm-chart/tests/run

sample-test: ## tests of the sample image: the same bytes everywhere, under the CID that the samples name
	@cd samples/hello && go vet ./... && go test -v ./...
	@cd samples/hello/layout && go vet ./... && go test -v ./...
	@samples/hello/build --check

gitops-test: ## the health checks for Argo CD and Flux, by their own interpreters, on every state
	@cd docs/gitops/tests && go vet ./... && go test -v ./...

docs-test: ## links, anchors and sources that the docs name
	@docs/check

shell-test: ## shellcheck over every script
	@git grep -lE '^#!.*(bash|/sh)$$' | xargs shellcheck -x -P SCRIPTDIR

test: ## all tests, from nothing; the last line says how many passed
	@hack/test

fuzz: ## run each fuzz target for FUZZ_SECONDS (1800 by default) and print a line for it
	@hack/fuzz

bench: packages build ## measure fetch and registry against other ways to get the same bytes; never fails for being slow
	@e2e/cluster/tools/install-packages bench
	@e2e/cluster/tools/build ipfs
	@images/build image-fetcher
	@e2e/bench/run

jmh: packages ## measure the image fetcher's hashes and parsers alone, with JMH
	@hack/jmh

images: packages build ## build the container images as OCI archives under target/images, without a Docker daemon
	@e2e/cluster/tools/build ipfs
	@$(MAKE) --no-print-directory pack

reproducible: packages ## build the last commit twice and compare the jars, bills of materials and images
	@hack/reproducible

pack: ## the images, and the sample's layout, of what make build and make tools left
	@images/build
	@samples/hello/build

cluster: tools ## bring up the local cluster of two real nodes (root, or kind where a Docker engine answers)
	@e2e/cluster/up

demo: ## publish an image to a real Kubo, install, apply the samples, and watch the pod run from its CID
	@e2e/cluster/demo

e2e: tools images cluster ## the user stories on the local cluster
	@$(MAKE) --no-print-directory stories

# The tests of the modules that e2e stands on are neither run again nor, if they failed before, in the way.
stories: ## the user stories alone, on the images and the cluster that are there
	@KUBECONFIG=$$(e2e/cluster/up --kubeconfig) PATH=$$PATH:$(IPFS_TEE_TOOLS) $(MAVEN) -Pe2e -pl e2e -am \
	  -Dskip.unit.tests=true -DskipITs verify

clean-cluster: ## take the local cluster down, with all that it made
	@e2e/cluster/down

format: ## give the Java sources the look that the build checks (google-java-format)
	@$(MAVEN) spotless:apply
	@$(MAVEN) -f images/pom.xml spotless:apply

crds: ## write the CRDs from the Java types, to crds/manifests and into the chart, and docs/api.md
	@$(MAVEN) -pl crds test -Dtest=CrdUpToDateTest -Dcrds.write=true
	@cp crds/manifests/*.yaml helm-chart/files/crds/

health: ## write the states that the health checks for Argo CD and Flux are tested on
	@$(MAVEN) -pl operator -am test -Dtest='*HealthTest' -Dhealth.write=true -Dsurefire.failIfNoSpecifiedTests=false

clean: ## remove what was built in the checkout
	@$(MAVEN) clean
	@rm -rf target
