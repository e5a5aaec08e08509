// The faulty gateway stands before a real IPFS gateway and has one fault, which
// the stories of e2e need. "lie" changes one bit of every large answer, as a
// broken disk or a hostile operator would: such bytes must never run. "hold"
// stops in the middle of every large answer until it is told to go on, so that
// things can happen while an image is being fetched.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
)

// Answers shorter than this are passed on as they are, so that manifests and
// directories resolve and the fault is met where it hurts: in a layer.
const smallest = 64 << 10

// flippingBody passes a body on and flips the lowest bit of one byte of it.
type flippingBody struct {
	io.ReadCloser
	offset int64
	lie    int64
}

func (b *flippingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if at := b.lie - b.offset; at >= 0 && at < int64(n) {
		p[at] ^= 1
	}
	b.offset += int64(n)
	return n, err
}

// gate holds answers back until those that wait are let go.
type gate struct {
	mutex   sync.Mutex
	opening chan struct{}
	waiting atomic.Int64
}

func (g *gate) wait(request context.Context) {
	g.mutex.Lock()
	opening := g.opening
	g.mutex.Unlock()
	g.waiting.Add(1)
	defer g.waiting.Add(-1)
	select {
	case <-opening:
	case <-request.Done():
	}
}

func (g *gate) letGo() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	close(g.opening)
	g.opening = make(chan struct{})
}

// heldBody passes the beginning of a body on, and the rest when it is let go.
type heldBody struct {
	io.ReadCloser
	request context.Context
	gate    *gate
	first   int64
}

func (b *heldBody) Read(p []byte) (int, error) {
	if b.first == 0 {
		b.gate.wait(b.request)
		b.first = -1
	}
	if b.first > 0 && int64(len(p)) > b.first {
		p = p[:b.first]
	}
	n, err := b.ReadCloser.Read(p)
	if b.first > 0 {
		b.first -= int64(n)
	}
	return n, err
}

// large says whether an answer is worth a fault. One without a length is a
// stream of blocks (CAR): its fault lies beyond the header and the first, inner,
// block.
func large(r *http.Response) bool {
	return r.ContentLength < 0 || r.ContentLength >= smallest
}

func lie(r *http.Response) error {
	if large(r) {
		r.Body = &flippingBody{ReadCloser: r.Body, lie: smallest - 1}
	}
	return nil
}

func (g *gate) hold(r *http.Response) error {
	if large(r) {
		r.Body = &heldBody{ReadCloser: r.Body, request: r.Request.Context(), gate: g, first: smallest}
	}
	return nil
}

func main() {
	listen := flag.String("listen", ":8080", "address to listen on")
	upstream := flag.String("upstream", "", "URL of the honest gateway")
	fault := flag.String("fault", "", "lie or hold")
	flag.Parse()
	target, err := url.Parse(*upstream)
	if err != nil || target.Host == "" {
		log.Fatalf("--upstream '%s' is no URL with a host", *upstream)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	http.Handle("/", proxy)
	switch *fault {
	case "lie":
		proxy.ModifyResponse = lie
	case "hold":
		gate := &gate{opening: make(chan struct{})}
		proxy.ModifyResponse = gate.hold
		proxy.FlushInterval = -1
		http.HandleFunc("GET /waiting", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, gate.waiting.Load())
		})
		http.HandleFunc("POST /let-go", func(http.ResponseWriter, *http.Request) { gate.letGo() })
	default:
		log.Fatalf("--fault '%s' is neither lie nor hold", *fault)
	}
	log.Printf("on %s, before %s: %s", *listen, target, *fault)
	log.Fatal(http.ListenAndServe(*listen, nil))
}
