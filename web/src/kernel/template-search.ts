import type { Template } from '@codenest/platform/protocol'

/** Templates in which every word of the query is found, by name, title, description or tag; best ones first. */
export function searchTemplates(templates: Template[], query: string): Template[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  return templates
    .map((template) => ({ template, score: scoreOf(template, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ template }) => template)
}

function scoreOf({ name, title, description, tags }: Template, words: string[]): number {
  let score = 1
  for (const word of words) {
    if (tags.includes(word) || name.split('-').includes(word)) score += 4
    else if (title.toLowerCase().includes(word) || tags.some((tag) => tag.startsWith(word))) score += 2
    else if (description.toLowerCase().includes(word) || name.includes(word)) score += 1
    else return 0
  }
  return score
}

/** Tags that more than one template has, the commonest first: what is worth a filter. */
export function commonTags(templates: Template[], most: number): string[] {
  const counts = new Map<string, number>()
  for (const { tags } of templates) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > 1 && count < templates.length)
    .sort(([a, many], [b, more]) => more - many || a.localeCompare(b))
    .slice(0, most)
    .map(([tag]) => tag)
}
