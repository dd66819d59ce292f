import assert from "node:assert/strict";
import { test } from "node:test";
import { daytime } from "./daytime.js";

test("every hour is in a part of the day", () => {
  assert.equal(daytime(3), "night");
  assert.equal(daytime(5), "morning");
  assert.equal(daytime(12), "afternoon");
  assert.equal(daytime(18), "evening");
  assert.equal(daytime(22), "night");
});
