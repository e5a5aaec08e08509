// Package gitops tests the health checks for Argo CD and Flux on what the operator says in each state.
package gitops

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const checks = "../argocd/resource_customizations/ipfstee.dev"

var kinds = []string{"IpfsImage", "TeeWorkload"}

type expectation struct {
	HealthStatus struct{ Status, Message string }
	InputPath    string
}

// What Argo CD says, by the script alone and by the one in the ConfigMap, which must be the same.
func TestArgoCD(t *testing.T) {
	var patch struct{ Data map[string]string }
	read(t, "../argocd/argocd-cm.yaml", &patch)
	if len(patch.Data) != len(kinds) {
		t.Errorf("argocd-cm.yaml has %d keys, expected %d", len(patch.Data), len(kinds))
	}
	for _, kind := range kinds {
		script := text(t, filepath.Join(checks, kind, "health.lua"))
		if patch.Data["resource.customizations.health.ipfstee.dev_"+kind] != script {
			t.Errorf("argocd-cm.yaml has another script than %s/health.lua", kind)
		}
		for _, test := range expectations(t, kind) {
			t.Run(kind+"/"+test.InputPath, func(t *testing.T) {
				got, message := runLua(t, script, object(t, kind, test.InputPath).Object)
				if got != test.HealthStatus.Status || message != test.HealthStatus.Message {
					t.Errorf("got %s %q, expected %s %q", got, message, test.HealthStatus.Status, test.HealthStatus.Message)
				}
			})
		}
	}
}

// No state that the operator's tests wrote is left out.
func TestEveryStateIsTested(t *testing.T) {
	for _, kind := range kinds {
		files, err := filepath.Glob(filepath.Join(checks, kind, "testdata", "*.yaml"))
		if err != nil || len(files) < 9 {
			t.Fatalf("%d states of %s: %v", len(files), kind, err)
		}
		tested := map[string]bool{}
		for _, test := range expectations(t, kind) {
			tested[filepath.Base(test.InputPath)] = true
		}
		for _, file := range files {
			if !tested[filepath.Base(file)] {
				t.Errorf("%s is in no health_test.yaml", file)
			}
		}
	}
}

// What Flux says, by the expressions of the sample and by kstatus, which is what it goes by without them.
func TestFlux(t *testing.T) {
	exprs := expressions(t)
	for _, kind := range kinds {
		evaluator, err := cel.NewStatusEvaluator(exprs[kind])
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		for _, test := range expectations(t, kind) {
			t.Run(kind+"/"+test.InputPath, func(t *testing.T) {
				argo := test.HealthStatus.Status
				u := object(t, kind, test.InputPath)
				result, err := evaluator.Evaluate(context.Background(), u)
				if err != nil {
					t.Fatal(err)
				}
				expected := map[string]status.Status{
					"Healthy": status.CurrentStatus, "Suspended": status.CurrentStatus,
					"Degraded": status.FailedStatus, "Progressing": status.InProgressStatus,
				}[argo]
				if result.Status != expected {
					t.Errorf("expressions: got %s, expected %s", result.Status, expected)
				}
				result, err = status.Compute(u)
				if err != nil {
					t.Fatal(err)
				}
				if argo == "Suspended" || strings.HasSuffix(test.InputPath, "rollout-stuck.yaml") {
					expected = status.InProgressStatus
				}
				if result.Status != expected {
					t.Errorf("kstatus: got %s, expected %s", result.Status, expected)
				}
			})
		}
	}
}

func expectations(t *testing.T, kind string) []expectation {
	t.Helper()
	var file struct{ Tests []expectation }
	read(t, filepath.Join(checks, kind, "health_test.yaml"), &file)
	return file.Tests
}

func expressions(t *testing.T) map[string]*kustomize.HealthCheckExpressions {
	t.Helper()
	found := map[string]*kustomize.HealthCheckExpressions{}
	for _, document := range bytes.Split([]byte(text(t, "../flux/workloads.yaml")), []byte("\n---\n")) {
		var object struct {
			Spec struct{ HealthCheckExprs []kustomize.CustomHealthCheck }
		}
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		for i := range object.Spec.HealthCheckExprs {
			check := &object.Spec.HealthCheckExprs[i]
			found[check.Kind] = &check.HealthCheckExpressions
		}
	}
	return found
}

// As Argo CD runs it: without the libraries for strings, files and the rest.
func runLua(t *testing.T, script string, object map[string]any) (string, string) {
	t.Helper()
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		l.Push(l.NewFunction(open))
		l.Push(lua.LString(name))
		l.Call(1, 0)
	}
	l.SetGlobal("obj", value(l, object))
	if err := l.DoString(script); err != nil {
		t.Fatal(err)
	}
	result, ok := l.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the script returns %s", l.Get(-1))
	}
	return result.RawGetString("status").String(), result.RawGetString("message").String()
}

func value(l *lua.LState, v any) lua.LValue {
	switch v := v.(type) {
	case map[string]any:
		table := l.NewTable()
		for key, each := range v {
			table.RawSetString(key, value(l, each))
		}
		return table
	case []any:
		table := l.NewTable()
		for _, each := range v {
			table.Append(value(l, each))
		}
		return table
	case string:
		return lua.LString(v)
	case bool:
		return lua.LBool(v)
	case int64:
		return lua.LNumber(v)
	case float64:
		return lua.LNumber(v)
	default:
		return lua.LNil
	}
}

func object(t *testing.T, kind, path string) *unstructured.Unstructured {
	t.Helper()
	json, err := yaml.YAMLToJSON([]byte(text(t, filepath.Join(checks, kind, path))))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(json); err != nil {
		t.Fatal(err)
	}
	return u
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
