// A picture from the server. An <img> sends no headers, so a till that must
// prove its key fetches the picture itself.

import { proven } from './client.ts'

/** picture fills an image from a path of ours, for as long as the image is there. */
export function picture(path: string): (image: HTMLImageElement) => () => void {
  return (image) => {
    let url = ''
    let gone = false
    void load()
    async function load(): Promise<void> {
      try {
        const answer = await fetch(path, { headers: await proven('GET', path), credentials: 'same-origin', cache: 'no-store' })
        if (!answer.ok || gone) return
        url = URL.createObjectURL(await answer.blob())
        if (gone) return URL.revokeObjectURL(url)
        image.src = url
      } catch {
        // The words beside it say what it would show; the next payment brings another.
      }
    }
    return () => {
      gone = true
      if (url) URL.revokeObjectURL(url)
    }
  }
}
