import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Express } from "express";

/** Serves an app on a free port while `use` runs, which is given its address. */
export async function serve(
  app: Express,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = app.listen(0);
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    await use(`http://127.0.0.1:${port}`);
  } finally {
    server.close();
  }
}
