// Hello is the image of the quickstart: a web server that says which content it was started from.
//
// It learns that from the environment variable IMAGE_REFERENCE, which the sample's pod template
// fills from the annotation image.ipfstee.dev/web. The image can't carry its own CID: a CID is a
// hash over everything in it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// greeting is the first line of the answer; the second version of the sample is linked with another.
var greeting = "Hello from IPFS."

// answer describes reference, which has the form localhost:5050/ipfs/CID@sha256:HEX.
func answer(reference string) string {
	if reference == "" {
		return greeting + "\nI was not told what I run from: IMAGE_REFERENCE is empty.\n"
	}
	name, digest, pinned := strings.Cut(reference, "@")
	cid := name[strings.LastIndexByte(name, '/')+1:]
	if !pinned {
		digest = "none, the reference isn't pinned"
	}
	return fmt.Sprintf("%s\nI run from    ipfs://%s\npinned digest %s\n", greeting, cid, digest)
}

func handler(reference string) http.Handler {
	plain := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			fmt.Fprint(w, text)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", plain(answer(reference)))
	mux.HandleFunc("GET /healthz", plain("ok\n"))
	return mux
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	server := &http.Server{
		Addr:              ":8080",
		Handler:           handler(os.Getenv("IMAGE_REFERENCE")),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() {
		<-ctx.Done()
		deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(deadline); err != nil {
			log.Print(err)
		}
	}()
	log.Printf("listening on %s", server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
