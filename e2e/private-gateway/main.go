// The private gateway stands before a real IPFS gateway and serves only those
// who have its token, over TLS with a certificate of an authority that nobody
// knows. Who has no token, or another one, gets it back in every place where a
// careless client would show it. The stories of e2e use it.
package main

import (
	"crypto/subtle"
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
)

// withToken passes on what comes with the token and refuses everything else.
func withToken(token string, next http.Handler) http.Handler {
	wanted := []byte("Bearer " + token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Get("Authorization")
		if subtle.ConstantTimeCompare([]byte(given), wanted) == 1 {
			r.Header.Del("Authorization")
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; token="+given)
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer error_description=%q", given))
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, "no entry with the Authorization '%s'\n", given)
	})
}

func main() {
	listen := flag.String("listen", ":8443", "address to listen on")
	upstream := flag.String("upstream", "", "URL of the gateway behind")
	secrets := flag.String("secrets", "", "folder with tls.crt, tls.key and token")
	flag.Parse()
	target, err := url.Parse(*upstream)
	if err != nil || target.Host == "" {
		log.Fatalf("--upstream '%s' is no URL with a host", *upstream)
	}
	token, err := os.ReadFile(*secrets + "/token")
	if err != nil {
		log.Fatal(err)
	}
	handler := withToken(strings.TrimSpace(string(token)), httputil.NewSingleHostReverseProxy(target))
	log.Printf("guarding %s on %s", target, *listen)
	log.Fatal(http.ListenAndServeTLS(*listen, *secrets+"/tls.crt", *secrets+"/tls.key", handler))
}
