// Layout compiles a static Go program for linux/amd64 and linux/arm64 and writes it as an OCI image
// layout directory: the same bytes from the same sources on every machine, so that the CID of the
// directory can be a constant in the samples.
//
// What could differ is fixed: the toolchain (go.mod), the target CPU levels, the build paths
// (-trimpath), times, owners, the order of files and the compression.
//
//	layout -program DIR -out DIR [-version V] [-ldflags "…"]
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	program := flag.String("program", "", "directory of the Go program's main package")
	out := flag.String("out", "", "directory to write; replaced if it is an image layout already")
	version := flag.String("version", "1", "org.opencontainers.image.version of the image")
	ldflags := flag.String("ldflags", "", "further flags for the Go linker")
	flag.Parse()
	if *program == "" || *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*program, *out, *version, *ldflags); err != nil {
		log.Fatal("layout: ", err)
	}
}

func run(program, out, version, ldflags string) error {
	work, err := os.MkdirTemp("", "layout")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	fresh := filepath.Join(work, "image")
	layout, err := newLayout(fresh, version)
	if err != nil {
		return err
	}
	var images []descriptor
	for _, arch := range []string{"amd64", "arm64"} {
		binary := filepath.Join(work, "hello-"+arch)
		if err := compile(program, binary, arch, ldflags); err != nil {
			return err
		}
		image, err := layout.addImage(binary, arch)
		if err != nil {
			return err
		}
		images = append(images, image)
	}
	digest, err := layout.finish(images)
	if err != nil {
		return err
	}
	if err := replace(fresh, out); err != nil {
		return err
	}
	fmt.Println(digest)
	return nil
}

// compile builds program for linux/arch, shielded from the user's Go settings.
func compile(program, binary, arch, ldflags string) error {
	// An empty build ID, because it would tell apart toolchains that make the same code.
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= "+ldflags, "-o", binary, ".")
	cmd.Dir = program
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOAMD64=v1",
		"GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off", "GOWORK=off")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// replace puts the directory fresh in the place of out, which must be absent, empty or a layout.
func replace(fresh, out string) error {
	if entries, err := os.ReadDir(out); err == nil && len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(out, "oci-layout")); err != nil {
			return fmt.Errorf("%s exists and isn't an image layout", out)
		}
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	return os.CopyFS(out, os.DirFS(fresh))
}
