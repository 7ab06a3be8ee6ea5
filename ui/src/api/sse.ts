// The text/event-stream format (HTML standard, section 9.2.6), read from a
// fetch so that a silent line is noticed: EventSource hides the server's
// heartbeats and would trust a dead connection for minutes.

export type Message = { id: string; event: string; data: string }

/** No event of ours is larger; a stream that sends more is not ours. */
const maxLine = 1 << 20

/** reader returns a function that takes pieces of the stream and hands over whole messages. */
export function reader(deliver: (m: Message) => void): (piece: string) => void {
  let rest = ''
  let id = ''
  let event = ''
  let data: string[] = []
  const line = (l: string) => {
    if (l === '') {
      if (data.length > 0) deliver({ id, event: event || 'message', data: data.join('\n') })
      event = ''
      data = []
      return
    }
    if (l.startsWith(':')) return
    const colon = l.indexOf(':')
    const name = colon < 0 ? l : l.slice(0, colon)
    const value = colon < 0 ? '' : l.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) id = value
  }
  return (piece) => {
    rest += piece
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    if (rest.length > maxLine) throw new Error('event stream: line too long')
    for (const l of lines) line(l)
  }
}
