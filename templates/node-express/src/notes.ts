import { DatabaseSync } from "node:sqlite";

export interface Note {
  id: number;
  text: string;
}

/** Notes in a SQLite file; `:memory:` keeps them nowhere. */
export class Notes {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(
      "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
    );
  }

  list(): Note[] {
    const rows = this.#database
      .prepare("SELECT id, text FROM notes ORDER BY id")
      .all();
    return rows.map(({ id, text }) => ({ id: Number(id), text: String(text) }));
  }

  add(text: string): Note {
    const { lastInsertRowid } = this.#database
      .prepare("INSERT INTO notes (text) VALUES (?)")
      .run(text);
    return { id: Number(lastInsertRowid), text };
  }
}
