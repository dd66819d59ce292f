import assert from "node:assert/strict";
import { test } from "node:test";
import { createApp } from "../src/app.ts";
import { Notes } from "../src/notes.ts";
import { serve } from "./serve.ts";

function post(url: string, body: unknown): Promise<Response> {
  return fetch(`${url}/api/notes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

test("a note is kept", () =>
  serve(createApp(new Notes(":memory:")), async (url) => {
    assert.equal((await post(url, { text: " Milk " })).status, 201);
    const response = await fetch(`${url}/api/notes`);
    assert.deepEqual(await response.json(), {
      notes: [{ id: 1, text: "Milk" }],
    });
  }));

test("a note without a text is refused", () =>
  serve(createApp(new Notes(":memory:")), async (url) => {
    assert.equal((await post(url, {})).status, 400);
  }));
