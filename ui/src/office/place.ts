// Which page of the office is on show. It stands in the address, so that it can
// be kept, sent to somebody, and gone back from.

export type Page = { name: 'codes'; state: string } | { name: 'rounds' } | { name: 'round'; id: string } | { name: 'approvals'; link: string } | { name: 'members' | 'vouchers' | 'points' }

/** pageOf reads the part of an address behind the #. What it does not know is the list of codes. */
export function pageOf(hash: string): Page {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const [first, second] = path.split('/')
  if (first === 'rounds' && second) return { name: 'round', id: plain(second) }
  if (first === 'rounds') return { name: 'rounds' }
  if (first === 'approvals') return { name: 'approvals', link: query }
  if (first === 'members' || first === 'vouchers' || first === 'points') return { name: first }
  const state = new URLSearchParams(query).get('state') ?? 'valid'
  return { name: 'codes', state: ['valid', 'revoked', 'all'].includes(state) ? state : 'valid' }
}

export function hashOf(page: Page): string {
  if (page.name === 'round') return `#/rounds/${encodeURIComponent(page.id)}`
  if (page.name === 'rounds') return '#/rounds'
  if (page.name === 'approvals') return page.link ? `#/approvals?${page.link}` : '#/approvals'
  if (page.name !== 'codes') return `#/${page.name}`
  return page.state === 'valid' ? '#/codes' : `#/codes?state=${page.state}`
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
