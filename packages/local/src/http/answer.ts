/** What an operation gives back: a status, header fields and perhaps a body. Nothing here knows the socket. */
export interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body?: AnswerBody
}

export type AnswerBody =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'stream'
      /** At least 1. */
      readonly length: number
      /** Open already: whoever gets the answer reads it or lets it go. */
      readonly source: AsyncIterable<Uint8Array>
    }

export const emptyAnswer = (status: number, headers: Record<string, string> = {}): Answer => ({ status, headers })

export const xmlAnswer = (document: string, headers: Record<string, string> = {}): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body: { kind: 'text', text: document },
})
