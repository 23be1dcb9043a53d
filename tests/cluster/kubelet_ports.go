package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// PortForward connects a stream to the address in the file NAMESPACE/PORT below the directory of
// ports. Without that file, a web server stands in that says who was asked.
func (k *kubelet) PortForward(ctx context.Context, name, _ string, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	namespace, pod, _ := strings.Cut(name, "/")
	address, err := os.ReadFile(filepath.Join(k.ports, namespace, strconv.Itoa(int(port))))
	if err != nil {
		return answer(stream, map[string]any{"namespace": namespace, "pod": pod, "port": port})
	}
	var dialer net.Dialer
	target, err := dialer.DialContext(ctx, "tcp", strings.TrimSpace(string(address)))
	if err != nil {
		return err
	}
	defer target.Close()
	go func() {
		_, _ = io.Copy(target, stream)
		_ = target.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(stream, target)
	return err
}

// answer reads one HTTP request and replies 200 with about, the method and the path, as JSON.
func answer(stream io.ReadWriter, about map[string]any) error {
	request, err := http.ReadRequest(bufio.NewReader(stream))
	if err != nil {
		return nil // the client went away, or does not speak HTTP
	}
	about["method"], about["path"] = request.Method, request.URL.RequestURI()
	body, err := json.Marshal(about)
	if err != nil {
		return err
	}
	response := &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Close: true,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(string(body) + "\n")),
		ContentLength: int64(len(body) + 1),
		Request:       request,
	}
	return response.Write(stream)
}
