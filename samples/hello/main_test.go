package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	cid    = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
	digest = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
)

func TestAnswersWithItsCidAndPinnedDigest(t *testing.T) {
	code, body := get(t, "localhost:5050/ipfs/"+cid+"@"+digest, "/")
	if code != http.StatusOK || !strings.Contains(body, "ipfs://"+cid+"\n") || !strings.Contains(body, digest+"\n") {
		t.Errorf("%d %q", code, body)
	}
}

func TestSaysWhenItsReferenceIsMissingOrNotPinned(t *testing.T) {
	if _, body := get(t, "", "/"); !strings.Contains(body, "IMAGE_REFERENCE is empty") {
		t.Errorf("%q", body)
	}
	if _, body := get(t, "localhost:5050/ipfs/"+cid, "/"); !strings.Contains(body, "isn't pinned") {
		t.Errorf("%q", body)
	}
}

func TestIsHealthyAndKnowsNoOtherPage(t *testing.T) {
	if code, _ := get(t, "", "/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
	if code, _ := get(t, "", "/other"); code != http.StatusNotFound {
		t.Errorf("other: %d", code)
	}
}

func get(t *testing.T, reference, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	handler(reference).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}
