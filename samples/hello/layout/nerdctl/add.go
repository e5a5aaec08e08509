package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

// addByAPI adds through Kubo's RPC API at address, as nerdctl does.
func addByAPI(address string) add {
	return func(content []byte) (string, error) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "blob")
		if err != nil {
			return "", err
		}
		if _, err := part.Write(content); err != nil {
			return "", err
		}
		if err := form.Close(); err != nil {
			return "", err
		}
		url := strings.TrimSuffix(address, "/") + "/api/v0/add?cid-version=1&pin=true&progress=false"
		response, err := http.Post(url, form.FormDataContentType(), &body)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			text, _ := io.ReadAll(io.LimitReader(response.Body, 1024))
			return "", fmt.Errorf("%s: %s: %s", url, response.Status, text)
		}
		var added struct{ Hash string }
		err = json.NewDecoder(response.Body).Decode(&added)
		return added.Hash, err
	}
}

// addByCommand adds with a command line such as "ipfs" or "kubectl exec -i POD -- ipfs".
func addByCommand(command string) add {
	return func(content []byte) (string, error) {
		words := append(strings.Fields(command), "add", "--cid-version=1", "--pin", "-Q")
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Stdin = bytes.NewReader(content)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("%s: %w", command, err)
		}
		return strings.TrimSpace(string(out)), nil
	}
}
