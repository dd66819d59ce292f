/** Reads design tokens as the browser computes them, for engines that paint outside of CSS. */
export function readColors<K extends string>(tokens: Record<K, string>): Record<K, string> {
  const probe = document.createElement('span')
  probe.style.display = 'none'
  document.body.append(probe)
  const result = {} as Record<K, string>
  for (const key of Object.keys(tokens) as K[]) {
    probe.style.color = `var(${tokens[key]})`
    result[key] = toHex(getComputedStyle(probe).color)
  }
  probe.remove()
  return result
}

/** `rgb(1, 2, 3)` or `rgba(1, 2, 3, 0.5)` → `#010203` or `#01020380`; anything else is passed through. */
export function toHex(color: string): string {
  const match = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)(?:[\s,/]+([\d.]+)(%?))?\s*\)$/.exec(color)
  if (!match) return color
  const [, red, green, blue, alpha, percent] = match
  const parts = [red, green, blue].map(Number)
  if (alpha !== undefined) {
    const opacity = Number(alpha) / (percent === '%' ? 100 : 1)
    if (opacity < 1) parts.push(opacity * 255)
  }
  return '#' + parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')
}
