SHELL := /bin/bash
.DEFAULT_GOAL := help

export IPFS_TEE_TOOLS ?= $(shell e2e/cluster/tools/build --print-bin)
export JAVA_HOME := $(shell hack/java-home)
MAVEN := mvn -B -ntp -q

.PHONY: help packages tools build unit it verify chart-test test cluster clean-cluster crds clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

packages:
	@e2e/cluster/tools/install-packages

tools: packages ## build Kubernetes, containerd, Kubo, Helm … from pinned Go modules into the cache (20 minutes, once)
	@e2e/cluster/tools/build

build: ## compile everything, without tests
	@$(MAVEN) -DskipTests package

unit: ## unit tests
	@$(MAVEN) --fail-at-end test

it: ## integration tests on a real kube-apiserver, Kubo, containerd and skopeo (needs make tools)
	@$(MAVEN) --fail-at-end -Dskip.unit.tests=true verify

verify:
	@$(MAVEN) --fail-at-end verify

chart-test: ## render, lint and install the chart on a real kube-apiserver (needs make tools)
	@helm-chart/tests/run

test: ## all tests, from nothing; the last line says how many passed
	@hack/test

cluster: tools ## bring up the local cluster of two real nodes
	@e2e/cluster/up

clean-cluster: ## take the local cluster down, with all that it made
	@e2e/cluster/down --purge

clean: ## remove what was built in the checkout
	@$(MAVEN) clean
