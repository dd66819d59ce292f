import { mount } from "@vue/test-utils";
import { expect, test } from "vitest";
import HomePage from "./home-page.vue";

test("the button counts", async () => {
  const page = mount(HomePage);
  const button = page.get("button");
  expect(button.text()).toBe("Clicked 0 times");
  await button.trigger("click");
  expect(button.text()).toBe("Clicked 1 times");
});
