package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// add stores content as one UnixFS file and returns its CIDv1.
type add func(content []byte) (cid string, err error)

// A document is a JSON object whose unknown fields survive being rewritten.
type document map[string]any

// publish adds the one image of the layout dir and returns the CID of its root descriptor.
func publish(dir string, add add) (string, error) {
	var index struct{ Manifests []document }
	content, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(content, &index); err != nil {
		return "", fmt.Errorf("index.json: %w", err)
	}
	if len(index.Manifests) != 1 {
		return "", fmt.Errorf("index.json names %d images, not one", len(index.Manifests))
	}
	p := publisher{dir, add}
	root := index.Manifests[0]
	if err := p.publish(root); err != nil {
		return "", err
	}
	content, err = json.Marshal(root)
	if err != nil {
		return "", err
	}
	return add(content)
}

type publisher struct {
	dir string
	add add
}

// publish adds what descriptor points at, children first, and makes it point at what was added.
func (p publisher) publish(descriptor document) error {
	content, err := p.blob(descriptor)
	if err != nil {
		return err
	}
	mediaType, _ := descriptor["mediaType"].(string)
	if strings.Contains(mediaType, ".image.index.") || strings.Contains(mediaType, ".image.manifest.") {
		if content, err = p.publishChildren(content); err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		descriptor["digest"] = "sha256:" + hex.EncodeToString(sum[:])
		descriptor["size"] = len(content)
	}
	cid, err := p.add(content)
	if err != nil {
		return err
	}
	descriptor["urls"] = []string{"ipfs://" + cid}
	return nil
}

func (p publisher) publishChildren(content []byte) ([]byte, error) {
	var parent document
	if err := json.Unmarshal(content, &parent); err != nil {
		return nil, err
	}
	var children []any
	for _, field := range []string{"manifests", "layers"} {
		list, _ := parent[field].([]any)
		children = append(children, list...)
	}
	if config, ok := parent["config"]; ok {
		children = append(children, config)
	}
	for _, child := range children {
		descriptor, ok := child.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("not a descriptor: %v", child)
		}
		if err := p.publish(descriptor); err != nil {
			return nil, err
		}
	}
	return json.Marshal(parent)
}

func (p publisher) blob(descriptor document) ([]byte, error) {
	digest, _ := descriptor["digest"].(string)
	name, ok := strings.CutPrefix(digest, "sha256:")
	if !ok || len(name) != 2*sha256.Size || strings.Trim(name, "0123456789abcdef") != "" {
		return nil, fmt.Errorf("not a sha256 digest: %q", digest)
	}
	return os.ReadFile(filepath.Join(p.dir, "blobs", "sha256", name))
}
