import { expect, test } from "vitest";
import { GET } from "./route";

test("the time is told", async () => {
  const { time }: { time: string } = await GET().json();
  expect(Date.parse(time)).not.toBeNaN();
});
