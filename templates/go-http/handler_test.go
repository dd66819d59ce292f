package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func get(path string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	newHandler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
	return recorder
}

func TestFirstPage(t *testing.T) {
	response := get("/")
	if response.Code != http.StatusOK || !strings.Contains(response.Body.String(), "<h1>") {
		t.Fatalf("got %d: %s", response.Code, response.Body)
	}
}

func TestTime(t *testing.T) {
	var answer struct{ Time time.Time }
	if err := json.NewDecoder(get("/api/time").Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Time.IsZero() {
		t.Fatal("no time was told")
	}
}

func TestUnknownPath(t *testing.T) {
	if code := get("/nothing").Code; code != http.StatusNotFound {
		t.Fatalf("got %d", code)
	}
}
