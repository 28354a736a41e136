/** Names the pieces of an HTTP/1.1 message, so that a flipped bit is described by what it damages. */

export interface Span {
  readonly name: string
  /** Offset of the first byte. */
  readonly start: number
  /** Offset after the last byte. */
  readonly end: number
}

/** The spans of a message in order, without gaps. An aws-chunked body is split into its chunks and trailers. */
export const spansOf = (message: Buffer): readonly Span[] => {
  const spans: Span[] = []
  let at = 0
  const add = (name: string, end: number): void => {
    if (end > at) spans.push({ name, start: at, end })
    at = end
  }
  /** A line and its end. `split` adds the spans of the line's text. */
  const line = (name: string, split: (text: string, start: number) => void): void => {
    const end = message.indexOf('\r\n', at)
    if (end < 0) throw new Error(`the message has no line end after byte ${at}`)
    const text = message.toString('latin1', at, end)
    split(text, at)
    add(name, end)
    add(`end of ${name}`, end + 2)
  }
  line('start line', () => undefined)
  let isFramed = false
  const field = (text: string, start: number): void => {
    const colon = text.indexOf(':')
    const name = text.slice(0, colon).toLowerCase()
    if (name === 'x-amz-trailer') isFramed = true
    add(`name of ${name}`, start + colon)
    add(`separator of ${name}`, start + colon + (text[colon + 1] === ' ' ? 2 : 1))
  }
  while (message.toString('latin1', at, at + 2) !== '\r\n') {
    const name = message.toString('latin1', at, message.indexOf(':', at)).toLowerCase()
    line(name, field)
  }
  add('end of the header section', at + 2)
  const isTransferChunked = spans.some(({ name }) => name === 'name of transfer-encoding')
  if (!isFramed || isTransferChunked) {
    add('body', message.length)
    return spans
  }
  for (;;) {
    const size = Number.parseInt(message.toString('latin1', at, message.indexOf('\r\n', at)), 16)
    if (size === 0) break
    line('chunk size', () => undefined)
    add('chunk data', at + size)
    add('end of chunk data', at + 2)
  }
  line('last chunk', () => undefined)
  while (message.toString('latin1', at, at + 2) !== '\r\n') line('trailer', field)
  add('end of the trailers', at + 2)
  return spans
}

/** A bit of a message. */
export interface Bit {
  readonly byte: number
  /** From 0, the least significant one. */
  readonly bit: number
  /** The span that it is in. */
  readonly span: string
}

/** Every bit of a message. */
export function* everyBit(message: Buffer): Generator<Bit> {
  for (const { name, start, end } of spansOf(message)) {
    for (let byte = start; byte < end; byte++) {
      for (let bit = 0; bit < 8; bit++) yield { byte, bit, span: name }
    }
  }
}

/**
 * One bit in the first, the middle and the last byte of every span with data, and in the middle of every other one. Which bit it is
 * differs from span to span.
 */
export function* sampledBits(message: Buffer): Generator<Bit> {
  for (const [index, { name, start, end }] of spansOf(message).entries()) {
    const middle = Math.floor((start + end - 1) / 2)
    const bytes = name === 'body' || name === 'chunk data' ? new Set([start, middle, end - 1]) : [middle]
    for (const byte of bytes) yield { byte, bit: (index + byte) % 8, span: name }
  }
}

/** Like `sampledBits`, in about ten bytes of every span: for messages that are too long for every bit. */
export function* scatteredBits(message: Buffer): Generator<Bit> {
  for (const [index, { name, start, end }] of spansOf(message).entries()) {
    const step = Math.max(1, Math.ceil((end - start) / 10))
    for (let byte = start; byte < end; byte += step) yield { byte, bit: (index + byte) % 8, span: name }
    yield { byte: end - 1, bit: index % 8, span: name }
  }
}

/** A copy of the message with this bit flipped. */
export const flipped = (message: Buffer, { byte, bit }: Bit): Buffer => {
  const copy = Buffer.from(message)
  copy[byte] = (copy[byte] ?? 0) ^ (1 << bit)
  return copy
}
