/** What shows a file that is not text. */
export type Viewer = 'image' | 'pdf' | 'audio' | 'video'

const EXTENSIONS: Record<Viewer, string> = {
  image: 'png jpg jpeg gif webp avif bmp ico svg',
  pdf: 'pdf',
  audio: 'mp3 m4a aac ogg oga opus wav flac',
  video: 'mp4 m4v webm ogv mov',
}

const byExtension = new Map(
  Object.entries(EXTENSIONS).flatMap(([viewer, names]) =>
    names.split(' ').map((name) => [name, viewer as Viewer]),
  ),
)

/** By its name; null for what is opened as text. */
export function viewerOf(path: string): Viewer | null {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? null : (byExtension.get(name.slice(dot + 1).toLowerCase()) ?? null)
}
