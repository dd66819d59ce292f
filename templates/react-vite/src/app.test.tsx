import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { App } from "./app.tsx";

test("the button counts", () => {
  render(<App />);
  const button = screen.getByRole("button");
  expect(button.textContent).toBe("Clicked 0 times");
  fireEvent.click(button);
  expect(button.textContent).toBe("Clicked 1 times");
});
