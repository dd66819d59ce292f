import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Counter } from "./counter";

test("the button counts", () => {
  render(<Counter />);
  const button = screen.getByRole("button");
  expect(button.textContent).toBe("Clicked 0 times");
  fireEvent.click(button);
  expect(button.textContent).toBe("Clicked 1 times");
});
