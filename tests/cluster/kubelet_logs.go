package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
)

// logLine is a line of a container's log, without its end.
type logLine struct {
	at   time.Time
	text string
}

// logQuery is what `kubectl logs` can ask for.
type logQuery struct {
	follow, previous, timestamps bool
	tail, limit                  int64 // -1: no limit
	since                        time.Time
}

func (k *kubelet) serveLogs(w http.ResponseWriter, r *http.Request) {
	query, err := parseLogQuery(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	pod, err := k.pod(r.Context(), podOf(r))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	container := r.PathValue("container")
	if err := hasLog(pod, container, query.previous); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	k.copyLog(r.Context(), w, pod, container, query)
}

func parseLogQuery(values url.Values) (logQuery, error) {
	q := logQuery{
		follow:     values.Get("follow") == "true",
		previous:   values.Get("previous") == "true",
		timestamps: values.Get("timestamps") == "true",
		tail:       -1,
		limit:      -1,
	}
	var err error
	if text := values.Get("tailLines"); text != "" {
		if q.tail, err = strconv.ParseInt(text, 10, 64); err != nil {
			return q, err
		}
	}
	if text := values.Get("limitBytes"); text != "" {
		if q.limit, err = strconv.ParseInt(text, 10, 64); err != nil {
			return q, err
		}
	}
	if text := values.Get("sinceSeconds"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return q, err
		}
		q.since = time.Now().Add(-time.Duration(seconds) * time.Second)
	}
	if text := values.Get("sinceTime"); text != "" {
		q.since, err = time.Parse(time.RFC3339, text)
	}
	return q, err
}

// hasLog says, as a kubelet does, why a container has no log.
func hasLog(pod *core.Pod, container string, previous bool) error {
	s := status(pod, container)
	switch {
	case previous && (s == nil || s.LastTerminationState.Terminated == nil):
		return fmt.Errorf("previous terminated container %q in pod %q not found", container, pod.Name)
	case previous:
		return nil
	case s == nil:
		return fmt.Errorf("container %q in pod %q is waiting to start: ContainerCreating", container, pod.Name)
	case s.State.Waiting != nil && s.State.Waiting.Reason == "ImagePullBackOff":
		return fmt.Errorf("container %q in pod %q is waiting to start: trying and failing to pull image", container, pod.Name)
	}
	return nil
}

// logFile returns the file that holds the log of a container; the most particular one wins:
// NAMESPACE/POD/CONTAINER.log, NAMESPACE/CONTAINER.log, default.log. A container that restarted
// has its former log in CONTAINER.previous.log.
func (k *kubelet) logFile(pod *core.Pod, container string, previous bool) string {
	end := ".log"
	if previous {
		end = ".previous.log"
	}
	for _, file := range []string{
		filepath.Join(k.podLogs, pod.Namespace, pod.Name, container+end),
		filepath.Join(k.podLogs, pod.Namespace, container+end),
	} {
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return filepath.Join(k.podLogs, "default"+end)
}

// copyLog writes what q asks for. While it follows, it sends what is appended to the file, until
// the pod is gone or has ended.
func (k *kubelet) copyLog(ctx context.Context, w io.Writer, pod *core.Pod, container string, q logQuery) {
	text, modified := readLog(k.logFile(pod, container, q.previous))
	lines := parseLog(text, modified)
	lines = selectLines(lines, q)
	remaining := q.limit
	remaining = writeLines(w, lines, q, remaining)
	offset := len(text)
	for q.follow && remaining != 0 && k.running(ctx, pod) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
		text, modified := readLog(k.logFile(pod, container, q.previous))
		if len(text) < offset { // the test wrote the file anew
			offset = 0
		}
		more := text[offset:]
		more = more[:bytes.LastIndexByte(more, '\n')+1]
		offset += len(more)
		remaining = writeLines(w, parseLog(more, modified), q, remaining)
	}
}

func (k *kubelet) running(ctx context.Context, pod *core.Pod) bool {
	now, err := k.pod(ctx, pod.Namespace+"/"+pod.Name)
	return err == nil && now.UID == pod.UID && now.Status.Phase == core.PodRunning
}

// readLog returns the content of a log file and its time of modification; a file that is not
// there is an empty log.
func readLog(file string) ([]byte, time.Time) {
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, err)
	}
	if info, err := os.Stat(file); err == nil {
		return text, info.ModTime()
	}
	return text, time.Now()
}

// parseLog takes a log apart. A line that starts with an RFC 3339 time happened then, and the time
// is not part of it; other lines happened when the file was written.
func parseLog(text []byte, written time.Time) []logLine {
	var lines []logLine
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, len(text)+1)
	for scanner.Scan() {
		line := logLine{at: written, text: scanner.Text()}
		if first, rest, found := strings.Cut(line.text, " "); found {
			if at, err := time.Parse(time.RFC3339Nano, first); err == nil {
				line = logLine{at: at, text: rest}
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func selectLines(lines []logLine, q logQuery) []logLine {
	for len(lines) > 0 && lines[0].at.Before(q.since) {
		lines = lines[1:]
	}
	if q.tail >= 0 && int64(len(lines)) > q.tail {
		lines = lines[int64(len(lines))-q.tail:]
	}
	return lines
}

// writeLines writes lines, at most limit bytes of them, and returns what is left of the limit.
func writeLines(w io.Writer, lines []logLine, q logQuery, limit int64) int64 {
	for _, line := range lines {
		text := line.text + "\n"
		if q.timestamps {
			text = line.at.UTC().Format("2006-01-02T15:04:05.000000000Z") + " " + text
		}
		if limit >= 0 {
			text = text[:min(int64(len(text)), limit)]
			limit -= int64(len(text))
		}
		_, _ = io.WriteString(w, text)
	}
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	return limit
}
