package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

const (
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// created is the date of every file and document: it says nothing, so that it changes nothing.
var created = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type descriptor struct {
	MediaType string    `json:"mediaType"`
	Digest    string    `json:"digest"`
	Size      int       `json:"size"`
	Platform  *platform `json:"platform,omitempty"`
}

// A layout is an OCI image layout directory that is being written.
type layout struct{ dir, version string }

func newLayout(dir, version string) (layout, error) {
	return layout{dir, version}, os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755)
}

// addImage adds the image of one architecture whose only file is binary, as /hello.
func (l layout) addImage(binary, arch string) (descriptor, error) {
	content, err := os.ReadFile(binary)
	if err != nil {
		return descriptor{}, err
	}
	plain, compressed, err := layer(content)
	if err != nil {
		return descriptor{}, err
	}
	layerDescriptor, err := l.add(mediaLayer, compressed)
	if err != nil {
		return descriptor{}, err
	}
	config, err := l.addJSON(mediaConfig, map[string]any{
		"created":      created,
		"architecture": arch,
		"os":           "linux",
		"config": map[string]any{
			"User":         "65532:65532",
			"ExposedPorts": map[string]any{"8080/tcp": map[string]any{}},
			"Entrypoint":   []string{"/hello"},
			"WorkingDir":   "/",
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{digestOf(plain)}},
		"history": []any{map[string]any{"created": created, "created_by": "samples/hello/layout"}},
	})
	if err != nil {
		return descriptor{}, err
	}
	manifest, err := l.addJSON(mediaManifest, map[string]any{
		"schemaVersion": 2,
		"mediaType":     mediaManifest,
		"config":        config,
		"layers":        []descriptor{layerDescriptor},
		"annotations":   l.annotations(),
	})
	manifest.Platform = &platform{Architecture: arch, OS: "linux"}
	return manifest, err
}

// finish adds the index over the images, names it in index.json and returns its digest.
func (l layout) finish(images []descriptor) (string, error) {
	index, err := l.addJSON(mediaIndex, map[string]any{
		"schemaVersion": 2,
		"mediaType":     mediaIndex,
		"manifests":     images,
		"annotations":   l.annotations(),
	})
	if err != nil {
		return "", err
	}
	root := map[string]any{
		"schemaVersion": 2,
		"mediaType":     mediaIndex,
		"manifests":     []descriptor{index},
	}
	if err := l.writeJSON("index.json", root); err != nil {
		return "", err
	}
	return index.Digest, l.writeJSON("oci-layout", map[string]string{"imageLayoutVersion": "1.0.0"})
}

func (l layout) annotations() map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":    "hello",
		"org.opencontainers.image.version":  l.version,
		"org.opencontainers.image.licenses": "Apache-2.0",
		"org.opencontainers.image.created":  created.Format(time.RFC3339),
	}
}

func (l layout) addJSON(mediaType string, document any) (descriptor, error) {
	content, err := json.Marshal(document)
	if err != nil {
		return descriptor{}, err
	}
	return l.add(mediaType, content)
}

func (l layout) add(mediaType string, content []byte) (descriptor, error) {
	digest := digestOf(content)
	err := l.write(filepath.Join("blobs", "sha256", digest[len("sha256:"):]), content)
	return descriptor{MediaType: mediaType, Digest: digest, Size: len(content)}, err
}

func (l layout) writeJSON(name string, document any) error {
	content, err := json.Marshal(document)
	if err != nil {
		return err
	}
	return l.write(name, content)
}

func (l layout) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(l.dir, name), content, 0o644)
}

// layer returns a tar that holds content as /hello, plain and compressed.
func layer(content []byte) (plain, compressed []byte, err error) {
	var archive bytes.Buffer
	tw := tar.NewWriter(&archive)
	header := &tar.Header{
		Typeflag: tar.TypeReg,
		Name:     "hello",
		Mode:     0o755,
		Size:     int64(len(content)),
		ModTime:  created,
		Format:   tar.FormatUSTAR,
	}
	if err := tw.WriteHeader(header); err != nil {
		return nil, nil, err
	}
	if _, err := tw.Write(content); err != nil {
		return nil, nil, err
	}
	if err := tw.Close(); err != nil {
		return nil, nil, err
	}
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	if _, err := zw.Write(archive.Bytes()); err != nil {
		return nil, nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, nil, err
	}
	return archive.Bytes(), packed.Bytes(), nil
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
