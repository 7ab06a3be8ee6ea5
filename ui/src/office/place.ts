// Which page of the office is on show. It stands in the address, so that it can
// be kept, sent to somebody, and gone back from.

/** Place is a page by its name, the one thing that is open on it, and how its list is filtered. */
export type Place = { name: string; id: string; query: Record<string, string> }

/** What every page is given: where it is, and the way to elsewhere. */
export type PageProps = { place: Place; go: (to: Partial<Place>, how?: 'replace') => void }

/** The page that an address without a page means. */
export const usualPage = 'codes'

/** pageOf reads the part of an address behind the #. */
export function pageOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const [name = '', id = ''] = path.split('/')
  return { name: plain(name) || usualPage, id: plain(id), query: Object.fromEntries(new URLSearchParams(query)) }
}

export function hashOf(to: Partial<Place>): string {
  const query = new URLSearchParams(Object.entries(to.query ?? {}).filter(([, value]) => value)).toString()
  return `#/${encodeURIComponent(to.name ?? usualPage)}${to.id ? `/${encodeURIComponent(to.id)}` : ''}${query ? `?${query}` : ''}`
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
