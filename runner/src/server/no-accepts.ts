/** In the place of the `accepts` package in the built runner. */
export function accepts(): never {
  throw new Error('the runner negotiates no content')
}
