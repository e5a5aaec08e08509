package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryDescriptorPointsAtWhatWasAddedForIt(t *testing.T) {
	dir := t.TempDir()
	put := func(mediaType, content string) string {
		sum := sha256.Sum256([]byte(content))
		name := hex.EncodeToString(sum[:])
		path := filepath.Join(dir, "blobs", "sha256", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"mediaType":%q,"digest":"sha256:%s","size":%d}`, mediaType, name, len(content))
	}
	config := put("application/vnd.oci.image.config.v1+json", `{}`)
	layer := put("application/vnd.oci.image.layer.v1.tar+gzip", "layer")
	manifest := put("application/vnd.oci.image.manifest.v1+json",
		`{"schemaVersion":2,"config":`+config+`,"layers":[`+layer+`]}`)
	index := put("application/vnd.oci.image.index.v1+json", `{"schemaVersion":2,"manifests":[`+manifest+`]}`)
	if err := os.WriteFile(filepath.Join(dir, "index.json"), []byte(`{"manifests":[`+index+`]}`), 0o644); err != nil {
		t.Fatal(err)
	}

	added := map[string]string{}
	root, err := publish(dir, func(content []byte) (string, error) {
		cid := fmt.Sprintf("cid%d", len(added))
		added[cid] = string(content)
		return cid, nil
	})
	if err != nil {
		t.Fatal(err)
	}

	var kinds []string
	var follow func(descriptor document)
	follow = func(descriptor document) {
		kinds = append(kinds, descriptor["mediaType"].(string))
		content := added[strings.TrimPrefix(descriptor["urls"].([]any)[0].(string), "ipfs://")]
		sum := sha256.Sum256([]byte(content))
		if descriptor["digest"] != "sha256:"+hex.EncodeToString(sum[:]) || descriptor["size"] != float64(len(content)) {
			t.Errorf("%v doesn't describe %q", descriptor, content)
		}
		var children struct {
			Manifests, Layers []document
			Config            document
		}
		if json.Unmarshal([]byte(content), &children) != nil {
			return
		}
		for _, child := range append(children.Manifests, children.Layers...) {
			follow(child)
		}
		if children.Config != nil {
			follow(children.Config)
		}
	}
	var descriptor document
	if err := json.Unmarshal([]byte(added[root]), &descriptor); err != nil {
		t.Fatal(err)
	}
	follow(descriptor)
	if len(kinds) != 4 {
		t.Errorf("descriptors: %q", kinds)
	}
}

func TestRefusesALayoutThatNamesFilesOutsideItsBlobs(t *testing.T) {
	dir := t.TempDir()
	index := `{"manifests":[{"mediaType":"x","digest":"sha256:../../secret","size":1}]}`
	if err := os.WriteFile(filepath.Join(dir, "index.json"), []byte(index), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := publish(dir, nil); err == nil || !strings.Contains(err.Error(), "not a sha256 digest") {
		t.Errorf("%v", err)
	}
}
