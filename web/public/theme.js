// Runs before the first paint, so that a chosen theme never flashes. Everything else about themes: src/kernel/theme.ts.
try {
  const choice = localStorage.getItem('codenest.theme')
  if (choice === 'dark' || choice === 'light') document.documentElement.dataset.theme = choice
} catch {
  // Storage is blocked: the system's theme is used.
}
