package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

func TestSameSourcesInAnotherDirectoryMakeTheSameBytes(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "a", "b")
	if err := os.CopyFS(elsewhere, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	first, second := build(t, "..", ""), build(t, elsewhere, "")
	if !maps.Equal(first, second) {
		t.Error("the layouts differ")
	}
	if maps.Equal(first, build(t, "..", `-X "main.greeting=Hi"`)) {
		t.Error("another greeting makes the same image")
	}
}

func TestEveryPlatformRunsHelloWithoutPrivileges(t *testing.T) {
	files := build(t, "..", "")
	var root, index struct{ Manifests []descriptor }
	read(t, files["index.json"], &root)
	read(t, blob(t, files, root.Manifests[0].Digest), &index)
	if len(root.Manifests) != 1 || len(index.Manifests) != 2 {
		t.Fatalf("%v %v", root, index)
	}
	for _, image := range index.Manifests {
		var manifest struct {
			Config descriptor
			Layers []descriptor
		}
		read(t, blob(t, files, image.Digest), &manifest)
		var config struct {
			OS, Architecture string
			Config           struct {
				User       string
				Entrypoint []string
			}
			Rootfs struct {
				DiffIDs []string `json:"diff_ids"`
			}
		}
		read(t, blob(t, files, manifest.Config.Digest), &config)
		if config.Architecture != image.Platform.Architecture || config.Config.User != "65532:65532" ||
			config.Config.Entrypoint[0] != "/hello" {
			t.Errorf("%+v", config)
		}
		plain := gunzip(t, blob(t, files, manifest.Layers[0].Digest))
		if digestOf(plain) != config.Rootfs.DiffIDs[0] {
			t.Error("diff_id isn't the digest of the layer's tar")
		}
		header, err := tar.NewReader(bytes.NewReader(plain)).Next()
		if err != nil || header.Name != "hello" || header.Mode != 0o755 {
			t.Errorf("%v %+v", err, header)
		}
	}
}

func TestReplacesALayoutButNoOtherDirectory(t *testing.T) {
	fresh, out := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(out, "precious"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := replace(fresh, out); err == nil {
		t.Error("replaced a directory that isn't ours")
	}
	if err := os.WriteFile(filepath.Join(out, "oci-layout"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := replace(fresh, out); err != nil {
		t.Error(err)
	}
}

func build(t *testing.T, program, ldflags string) map[string]string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "layout")
	if err := run(program, out, "1", ldflags); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(out), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(out, path))
		files[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func blob(t *testing.T, files map[string]string, digest string) string {
	t.Helper()
	content := files["blobs/sha256/"+digest[len("sha256:"):]]
	if digestOf([]byte(content)) != digest {
		t.Fatalf("no blob %s", digest)
	}
	return content
}

func read(t *testing.T, content string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(content), into); err != nil {
		t.Fatal(err)
	}
}

func gunzip(t *testing.T, content string) []byte {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader([]byte(content)))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
