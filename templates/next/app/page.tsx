import { Counter } from "./counter";

export default function Page() {
  return (
    <>
      <p>
        Edit <code>app/page.tsx</code> and save: the preview follows at once.
      </p>
      <Counter />
    </>
  );
}
