/** null for what is no JSON: whoever reads what others have written checks its shape next. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
