// Nerdctl publishes an OCI image layout to IPFS as nerdctl and stargz-snapshotter do: every blob is
// added by itself, every descriptor gets a urls entry ipfs://CID (so manifests and indexes change,
// and with them their digests), and the root is a small file that holds one descriptor.
//
//	nerdctl (-api URL | -ipfs COMMAND) LAYOUT
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	api := flag.String("api", "", "address of Kubo's RPC API, such as http://127.0.0.1:5001")
	command := flag.String("ipfs", "", "command to call instead: 'add' and its options are appended")
	base := flag.String("relative-to", ".", "directory that a relative LAYOUT starts from")
	flag.Parse()
	if flag.NArg() != 1 || (*api == "") == (*command == "") {
		flag.Usage()
		os.Exit(2)
	}
	add := addByCommand(*command)
	if *api != "" {
		add = addByAPI(*api)
	}
	dir := flag.Arg(0)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(*base, dir)
	}
	cid, err := publish(dir, add)
	if err != nil {
		log.Fatal("publish-nerdctl: ", err)
	}
	fmt.Println(cid)
}
