// The lying gateway stands before a real IPFS gateway and changes one bit of
// every large answer, as a broken disk or a hostile operator would. The stories
// of e2e use it to show that such bytes never run.
package main

import (
	"flag"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Answers shorter than this are passed on as they are, so that manifests and
// directories resolve and the lie is found where it hurts: in a layer.
const smallestLie = 64 << 10

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

func main() {
	listen := flag.String("listen", ":8080", "address to listen on")
	upstream := flag.String("upstream", "", "URL of the honest gateway")
	flag.Parse()
	target, err := url.Parse(*upstream)
	if err != nil || target.Host == "" {
		log.Fatalf("--upstream '%s' is no URL with a host", *upstream)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		// An answer without a length is a stream of blocks (CAR): the lie lies
		// beyond the header and the first, inner, block.
		if r.ContentLength < 0 || r.ContentLength >= smallestLie {
			r.Body = &flippingBody{ReadCloser: r.Body, lie: smallestLie - 1}
		}
		return nil
	}
	log.Printf("lying on %s about %s", *listen, target)
	log.Fatal(http.ListenAndServe(*listen, proxy))
}
