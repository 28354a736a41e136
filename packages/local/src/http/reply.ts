/** What an operation gives back: a status, header fields and perhaps a body. Nothing here knows the socket. */
export interface Reply {
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
      /** Open already: whoever gets the response reads it or lets it go. */
      readonly source: AsyncIterable<Uint8Array>
    }

export const emptyReply = (status: number, headers: Record<string, string> = {}): Reply => ({ status, headers })

export const xmlReply = (document: string, headers: Record<string, string> = {}): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body: { kind: 'text', text: document },
})
